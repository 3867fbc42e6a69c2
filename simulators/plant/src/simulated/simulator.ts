import {
  type Device,
  type DeviceModel,
  MapperkitError,
  type ModelDefinition,
  type PropertyDefinitions,
} from "@mapperkit/api";
import {
  type Clock,
  createRandom,
  type Log,
  type MemoryTransports,
  RealClock,
  silentLog,
} from "@mapperkit/runtime";
import type { BusDoor } from "../wire/bus-door.ts";
import { type LineWords, lineWire } from "../wire/line-wire.ts";
import { openMemoryDoor } from "../wire/memory-door.ts";
import { PlantBus } from "../wire/plant-bus.ts";
import { openTcpDoor } from "../wire/tcp-door.ts";
import type { WireProtocol } from "../wire/wire-protocol.ts";
import type { Plant } from "./plant.ts";
import { RunningPlant } from "./running-plant.ts";
import { type SimProperty, simPropertiesOf } from "./sim-model.ts";
import type { AnySimSpec, SimSpec } from "./sim-spec.ts";

export interface ServeOptions {
  /** In memory, on TCP with lines, or as a further unit of a running plant's bus. */
  readonly over: "memory" | "tcp" | PlantBus;
  /** Where it listens. Default 127.0.0.1, and on TCP any free port. */
  readonly host?: string;
  readonly port?: number;
  /** Needed in memory: clients dial through the same. */
  readonly transports?: MemoryTransports;
  /** Its visitors may say `query` and `command`: the words of the line protocol. */
  readonly device?: Device | undefined;
  /** Its number on a bus with several. Default 0. */
  readonly unit?: number;
  /** Another protocol than lines. */
  readonly wire?: (properties: readonly SimProperty[]) => WireProtocol;
  /** Equal seeds give equal plants. */
  readonly seed?: number | string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** False holds the plant still: nothing happens by itself. Default true. */
  readonly ticks?: boolean;
}

/** A device that can be served any number of times. */
export interface Simulator {
  readonly model: ModelDefinition | DeviceModel;
  /** @throws MapperkitError `invalid_input` or `conflict` when it cannot listen there */
  serve(options: ServeOptions): Promise<Plant>;
}

/** Makes a simulated device of a model, given in TypeScript or as a manifest, and its behaviour. */
export function defineSimulator<const P extends PropertyDefinitions, St extends object>(
  model: ModelDefinition<P> | DeviceModel,
  spec: SimSpec<P, St>,
): Simulator {
  return { model, serve: (options) => serve(model, spec, options) };
}

async function serve(
  model: ModelDefinition | DeviceModel,
  spec: AnySimSpec,
  options: ServeOptions,
): Promise<Plant> {
  const { over, device, host = "127.0.0.1", log = silentLog } = options;
  const clock = options.clock ?? new RealClock();
  const random = createRandom(options.seed ?? 0);
  const properties = simPropertiesOf(model);
  const own = over instanceof PlantBus ? over : undefined;
  const scheme = over === "tcp" ? "tcp" : "memory";
  const parts = { properties, spec, clock, random, log, scheme, unit: options.unit };
  const plant = new RunningPlant(parts, (unit) => {
    if (own) return own;
    const words = wordsOf(model, device);
    const answer = spec.line && unit.line.bind(unit);
    const wire = options.wire?.(properties) ?? lineWire({ properties, words, answer });
    return new PlantBus({ wire, clock, random: random.fork("bus"), log });
  });
  if (!own) plant.opened(host, await openDoor(plant.bus, options, host));
  plant.start(options.ticks ?? true);
  return plant;
}

async function openDoor(bus: PlantBus, options: ServeOptions, host: string): Promise<BusDoor> {
  const { over, transports, port = 0 } = options;
  if (over === "tcp") return await openTcpDoor(bus, { host, port });
  if (transports) return openMemoryDoor(bus, { transports, host, port });
  throw new MapperkitError("invalid_input", "transports are missing: a plant in memory needs them");
}

/** The words of each property: the device's own visitors, else the model's. */
function wordsOf(
  model: ModelDefinition | DeviceModel,
  device: Device | undefined,
): Record<string, Partial<LineWords>> {
  const words: Record<string, Partial<LineWords>> = {};
  const add = (name: string, configData: Readonly<Record<string, unknown>> | undefined) => {
    const { query, command } = configData ?? {};
    words[name] = {
      ...words[name],
      ...(typeof query === "string" && { query }),
      ...(typeof command === "string" && { command }),
    };
  };
  if ("kind" in model) {
    for (const { name, visitors } of model.spec?.properties ?? []) add(name, visitors?.configData);
  } else {
    for (const [name, { visitors }] of Object.entries(model.properties)) add(name, visitors);
  }
  for (const { name, visitors } of device?.spec?.properties ?? []) add(name, visitors?.configData);
  return words;
}
