import {
  type DeviceAnnouncement,
  type DeviceId,
  deviceIdOf,
  MapperkitError,
  type ModelDefinition,
  type PropertyDefinition,
} from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { formatDecoded } from "../codec/index.ts";
import type { AnyMapper } from "../definition/any-mapper.ts";
import { type ExplainedPlan, explainPlan } from "../device-plan/explain-plan.ts";
import type { DeviceView } from "../process/device-views.ts";
import type { RunningMapper } from "../process/run-mapper.ts";
import { withDeadline } from "../time/deadline.ts";
import type { Sample } from "../values/sample.ts";
import { typedValueOf } from "../values/typed-value.ts";
import type { DeviceHandle, HandleState, WriteResult } from "./device-handle.ts";
import type { LocalEdge } from "./local-edge.ts";
import type { SampleTaps } from "./sample-taps.ts";

export interface OpenedDeviceParts {
  readonly announcement: DeviceAnnouncement;
  readonly config: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly edge: LocalEdge;
  readonly taps: SampleTaps;
  readonly running: RunningMapper;
  readonly stop: AbortController;
}

const WITHIN_MS = 10_000;
const MAX_UNTAKEN = 1000;

// biome-ignore lint/suspicious/noExplicitAny: the interface carries the model's types, the class its texts
type AnySample = Sample<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnyResult = WriteResult<any>;

/** A device behind a mapper that runs for it alone. */
export class OpenedDevice implements DeviceHandle {
  readonly id: DeviceId;
  readonly #model: ModelDefinition;
  readonly #mapper: AnyMapper;
  readonly #parts: OpenedDeviceParts;
  #generation = 0;

  constructor(model: ModelDefinition, mapper: AnyMapper, parts: OpenedDeviceParts) {
    this.id = deviceIdOf(parts.announcement.device.metadata);
    this.#model = model;
    this.#mapper = mapper;
    this.#parts = parts;
  }

  get state(): HandleState {
    if (this.#parts.stop.signal.aborted) return "Stopped";
    const { state, isDegraded = false } = this.#view() ?? {};
    if (state === undefined) return "Connecting";
    if (state === "offline") return "Offline";
    return isDegraded ? "Degraded" : "Online";
  }

  /** @throws MapperkitError `invalid_input` with all that cannot be worked */
  requireSound(): void {
    const faults = this.#view()?.faults ?? [];
    if (faults.length === 0) return;
    throw new MapperkitError("invalid_input", faults.map(({ message }) => message).join("; "), {
      details: { device: this.id },
    });
  }

  async read(name: string, { withinMs = WITHIN_MS } = {}): Promise<AnySample> {
    const definition = this.#open(name);
    if (definition.accessMode === "WriteOnly") {
      throw new MapperkitError("unsupported", `${name} can only be written`);
    }
    const { clock, taps, running, stop } = this.#parts;
    const heard = Promise.withResolvers<Sample<string>>();
    const untap = taps.tap(name, heard.resolve);
    try {
      running.readSoon(this.id, name);
      const what = `reading ${name} of ${this.id}`;
      const deadline = { clock, ms: withinMs, signal: stop.signal, what };
      return typedSample(definition, await withDeadline(deadline, () => heard.promise));
    } finally {
      untap();
    }
  }

  async write(name: string, value: unknown, { withinMs = WITHIN_MS } = {}): Promise<AnyResult> {
    const definition = this.#open(name);
    const { clock, edge, stop } = this.#parts;
    this.#generation += 1;
    const generation = this.#generation;
    const settled = Promise.withResolvers<void>();
    const outcome = () => {
      const told = edge.twin(this.id, name)?.outcome;
      return told?.generation === generation ? told : undefined;
    };
    const unlisten = edge.listen(() => {
      if (outcome() && outcome()?.phase !== "Pending") settled.resolve();
    });
    try {
      edge.setDesired(this.id, name, formatDecoded(value), generation);
      const what = `writing ${name} of ${this.id}`;
      await withDeadline({ clock, ms: withinMs, signal: stop.signal, what }, () => settled.promise);
    } catch (error) {
      if (!(error instanceof MapperkitError && error.code === "timed_out")) throw error;
    } finally {
      unlisten();
    }
    const { phase = "Pending", reason = "Unconfirmed", message = "" } = outcome() ?? {};
    const reported = await this.#lookAgain(name, definition, phase === "Applied");
    return { phase, reason, message, reported };
  }

  /** The device's word after a write that it took, else what it said last. */
  async #lookAgain(
    name: string,
    definition: PropertyDefinition,
    isApplied: boolean,
  ): Promise<AnySample | undefined> {
    if (isApplied && definition.accessMode !== "WriteOnly") {
      return await this.read(name).catch(() => undefined);
    }
    const sample = this.#view()?.properties.find(({ property }) => property === name)?.sample;
    return sample && typedSample(definition, sample);
  }

  async *watch(name: string, signal?: AbortSignal): AsyncGenerator<AnySample> {
    const definition = this.#open(name);
    const ended = AbortSignal.any([this.#parts.stop.signal, ...(signal ? [signal] : [])]);
    const untaken: Sample<string>[] = [];
    let wake = () => {};
    const untap = this.#parts.taps.tap(name, (sample) => {
      untaken.push(sample);
      if (untaken.length > MAX_UNTAKEN) untaken.shift();
      wake();
    });
    const end = () => wake();
    ended.addEventListener("abort", end);
    try {
      while (!ended.aborted) {
        const next = untaken.shift();
        if (next) yield typedSample(definition, next);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      ended.removeEventListener("abort", end);
      untap();
    }
  }

  plan(): ExplainedPlan {
    return explainPlan(this.#mapper, this.#parts.announcement, this.#parts.config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.stop.abort(new MapperkitError("unreachable", `${this.id} is let go`));
    await this.#parts.running.ended;
  }

  #view(): DeviceView | undefined {
    return this.#parts.running.views.devices().find(({ id }) => id === this.id);
  }

  /** @throws MapperkitError `not_found`, or `unreachable` once it is stopped */
  #open(name: string): PropertyDefinition {
    this.#parts.stop.signal.throwIfAborted();
    const definition = this.#model.properties[name];
    if (definition) return definition;
    throw new MapperkitError("not_found", `${this.id} has no property ${name}`);
  }
}

function typedSample(definition: PropertyDefinition, sample: Sample<string>): AnySample {
  const { value } = sample;
  return { ...sample, value: value === undefined ? undefined : typedValueOf(definition, value) };
}
