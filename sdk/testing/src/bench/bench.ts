import {
  type Device,
  type DeviceModel,
  deviceIdOf,
  MapperkitError,
  type ModelDefinition,
  type PropertyDefinitions,
  toModelDefinition,
} from "@mapperkit/api";
import type { MemoryLog } from "@mapperkit/runtime";
import type { Mapper } from "@mapperkit/sdk";
import type { Plant, SimProperty, Simulator, WireProtocol } from "@mapperkit/sim-plant";
import type { BenchClock, Span } from "./bench-clock.ts";
import type { BenchLink } from "./bench-link.ts";
import { type DeviceHandle, TwinDeviceHandle } from "./device-handle.ts";
import { announcementOf } from "./manifests.ts";
import { MapperWorld } from "./mapper-world.ts";
import { showBytes, type Transcript, type TranscriptEntry } from "./transcript.ts";

export interface BenchOptions<P extends PropertyDefinitions = PropertyDefinitions> {
  readonly mapper: Mapper;
  /** In TypeScript, or a v1beta1 manifest. */
  readonly model: ModelDefinition<P> | DeviceModel;
  /** A v1beta1 manifest. Default: a device of the mapper's protocol with all of the model. */
  readonly device?: Device;
  readonly sim: Simulator;
  /** The protocol of the plant. Default: lines. */
  readonly wire?: (properties: readonly SimProperty[]) => WireProtocol;
  /** Equal seeds give equal runs, to the byte. Default 1. */
  readonly seed?: number | string;
  /** What the device's configData lacks, as for run(). Default: where the plant listens. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** False holds the plant still. Default true. */
  readonly ticks?: boolean;
}

/** Words or a rule by which a piece of the transcript is known. */
export type FrameMatch = string | RegExp | ((frame: TranscriptEntry) => boolean);

/** A mapper at work on a simulated device, in virtual time. */
export interface Bench<P extends PropertyDefinitions = PropertyDefinitions>
  extends AsyncDisposable {
  readonly device: DeviceHandle<P>;
  readonly plant: Plant;
  readonly clock: BenchClock;
  readonly link: BenchLink;
  readonly log: MemoryLog;
  readonly transcript: Transcript;
  /** Of every byte both ways with its time: equal seeds give equal hashes. */
  transcriptHash(): string;
  /**
   * Waits until a piece that fits is sent or received, from now on. With `not`: that none is.
   * @throws MapperkitError `timed_out`, with the transcript's end; `conflict` for one that is not wanted
   */
  expectFrame(match: FrameMatch, options?: { within?: Span; not?: boolean }): Promise<void>;
  /** Stops the mapper and starts it anew, as after a crash of the machine: twins stay. */
  restartMapper(): Promise<void>;
}

const HOST = "127.0.0.1";
const DEFAULT_PORT = 9500;
const FRAME_WITHIN = "10s";
const LINES_SHOWN = 12;

/**
 * Makes a bench and waits until the mapper has heard of the device.
 * @throws MapperkitError `invalid_input` when model and device do not fit together
 */
export async function bench<const P extends PropertyDefinitions>(
  options: BenchOptions<P>,
): Promise<Bench<P>> {
  const { mapper, model, device, sim, seed = 1, wire, ticks = true } = options;
  const announcement = announcementOf({ model, device }, mapper.name);
  const place = placeOf(announcement.device);
  const world = new MapperWorld(mapper, seed, { config: options.config ?? { ...place } });
  const plant = await sim.serve({
    ...{ over: "memory", transports: world.network, device: announcement.device, ...place },
    ...{ clock: world.clock, seed, ticks, ...(wire && { wire }) },
  });
  world.link.announce(announcement);
  await world.startMapper();
  const id = deviceIdOf(announcement.device.metadata);
  const definition = "kind" in model ? toModelDefinition(model) : model;
  const handle = new TwinDeviceHandle(world, id, definition, announcement.generation ?? 1);
  return new RunningBench(world, plant, handle) as Bench as Bench<P>;
}

/** Where the manifest says that the device is. */
function placeOf(device: Device): { host: string; port: number } {
  const { host, port } = device.spec?.protocol?.configData ?? {};
  return {
    host: typeof host === "string" ? host : HOST,
    port: port === undefined ? DEFAULT_PORT : Number(port),
  };
}

class RunningBench implements Bench {
  readonly device: DeviceHandle;
  readonly plant: Plant;
  readonly #world: MapperWorld;

  constructor(world: MapperWorld, plant: Plant, device: DeviceHandle) {
    this.#world = world;
    this.plant = plant;
    this.device = device;
  }

  get clock(): BenchClock {
    return this.#world.clock;
  }

  get link(): BenchLink {
    return this.#world.link;
  }

  get log(): MemoryLog {
    return this.#world.log;
  }

  get transcript(): Transcript {
    return this.#world.transcript;
  }

  transcriptHash(): string {
    return this.transcript.hash();
  }

  async expectFrame(
    match: FrameMatch,
    { within = FRAME_WITHIN, not = false }: { within?: Span; not?: boolean } = {},
  ): Promise<void> {
    let seen: TranscriptEntry | undefined;
    const stop = this.transcript.listen((entry) => {
      if (fits(entry, match)) seen ??= entry;
    });
    try {
      if (not) await this.clock.advance(within);
      else await this.clock.runUntilTrue(`a frame that fits ${match}`, () => !!seen, within);
    } catch (error) {
      throw this.#withTranscript(error);
    } finally {
      stop();
    }
    if (!not || !seen) return;
    const message = `a frame that must not come came: ${showBytes(seen.bytes)}`;
    throw this.#withTranscript(new MapperkitError("conflict", message));
  }

  async restartMapper(): Promise<void> {
    await this.#world.stopMapper();
    await this.#world.startMapper();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#world.stopMapper();
    } finally {
      await this.plant[Symbol.asyncDispose]();
    }
  }

  #withTranscript(error: unknown): unknown {
    if (!(error instanceof MapperkitError)) return error;
    const end = this.transcript.text().split("\n").slice(-LINES_SHOWN).join("\n");
    const message = `${error.message}\nthe transcript's end:\n${end}`;
    return new MapperkitError(error.code, message, { cause: error });
  }
}

function fits(entry: TranscriptEntry, match: FrameMatch): boolean {
  if (entry.what !== "sent" && entry.what !== "received") return false;
  if (typeof match === "function") return match(entry);
  const text = Buffer.from(entry.bytes).toString("latin1");
  return typeof match === "string" ? text.includes(match) : match.test(text);
}
