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
import type { TickWheel } from "../time/tick-wheel.ts";
import type { BusDoor } from "../wire/bus-door.ts";
import { type LineWords, lineWire } from "../wire/line-wire.ts";
import { openMemoryDoor } from "../wire/memory-door.ts";
import { PlantBus } from "../wire/plant-bus.ts";
import { openTcpDoor } from "../wire/tcp-door.ts";
import type { WireProtocol } from "../wire/wire-protocol.ts";
import type { Plant } from "./plant.ts";
import { RunningPlant } from "./running-plant.ts";
import { SimProperties, type SimProperty, simPropertiesOf } from "./sim-model.ts";
import type { AnySimSpec, SimSpec } from "./sim-spec.ts";

/** A protocol that serves a device by itself, such as `modbusTcp()` of @mapperkit/sim-modbus. */
export interface OverProtocol {
  serve(simulator: Simulator, options: Omit<ServeOptions, "over">): Promise<Plant>;
}

export interface ServeOptions {
  /** In memory, on TCP with lines, by a protocol, or as a further unit of a running plant's bus. */
  readonly over: "memory" | "tcp" | OverProtocol | PlantBus;
  /** Where it listens. Default 127.0.0.1, and on TCP any free port. */
  readonly host?: string;
  readonly port?: number;
  /** Needed in memory: clients dial through the same. */
  readonly transports?: MemoryTransports;
  /**
   * Where a protocol finds the address, and properties' own visitors. Those of the line protocol
   * are words: `query` and `command`.
   */
  readonly device?: Device | undefined;
  /** Its number on a bus with several. Default 0. */
  readonly unit?: number;
  /** Another protocol than lines. */
  readonly wire?: (properties: readonly SimProperty[]) => WireProtocol;
  /** Another way to it than TCP and memory. */
  readonly door?: (bus: PlantBus) => Promise<BusDoor>;
  /** Equal seeds give equal plants. */
  readonly seed?: number | string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** False holds the plant still: nothing happens by itself. Default true. */
  readonly ticks?: boolean;
  /** Seconds that pass in the device in one second outside. Default 1. */
  readonly speed?: number;
  /** What ticks very many devices. Default: the clock. */
  readonly wheel?: TickWheel | undefined;
}

/** A device that can be served any number of times. */
export interface Simulator {
  readonly model: ModelDefinition | DeviceModel;
  /** @throws MapperkitError `invalid_input` or `conflict` when it cannot listen there */
  serve(options: ServeOptions): Promise<Plant>;
}

/** A simulator that may speak in any protocol. */
export interface DefinedSimulator extends Simulator {
  /**
   * The same device, spoken with in this protocol wherever it is served: on TCP, in memory, or on a
   * running plant's bus.
   */
  over(protocol: OverProtocol): Simulator;
}

/** Makes a simulated device of a model, given in TypeScript or as a manifest, and its behaviour. */
export function defineSimulator<const P extends PropertyDefinitions, St extends object>(
  model: ModelDefinition<P> | DeviceModel,
  spec: SimSpec<P, St>,
): DefinedSimulator {
  let known: SimProperties | undefined;
  // The same for every plant, of which there may be very many.
  const properties = () => {
    known ??= new SimProperties(simPropertiesOf(model));
    return known;
  };
  const simulator: DefinedSimulator = {
    model,
    serve: async ({ over, ...options }) =>
      isProtocol(over)
        ? await over.serve(simulator, options)
        : await serve({ model, spec, properties: properties() }, { ...options, over }),
    over: (protocol) => inProtocol(simulator, protocol),
  };
  return simulator;
}

function inProtocol(simulator: Simulator, protocol: OverProtocol): Simulator {
  return {
    model: simulator.model,
    serve: ({ over, ...options }) =>
      typeof over === "string"
        ? protocol.serve(simulator, options)
        : simulator.serve({ ...options, over }),
  };
}

function isProtocol(over: ServeOptions["over"]): over is OverProtocol {
  return typeof over === "object" && !(over instanceof PlantBus);
}

type OwnOptions = ServeOptions & { readonly over: "memory" | "tcp" | PlantBus };

/** What all plants of a simulator have in common. */
interface Kind {
  readonly model: ModelDefinition | DeviceModel;
  readonly spec: AnySimSpec;
  readonly properties: SimProperties;
}

async function serve({ model, spec, properties }: Kind, options: OwnOptions): Promise<Plant> {
  const { over, device, host = "127.0.0.1", log = silentLog, speed = 1, wheel } = options;
  const clock = options.clock ?? new RealClock();
  const random = createRandom(options.seed ?? 0);
  const own = over instanceof PlantBus ? over : undefined;
  const { unit: number } = options;
  const parts = { properties, spec, clock, random, log, unit: number, speed, wheel };
  const plant = new RunningPlant(parts, (unit) => {
    if (own) return own;
    const words = wordsOf(model, device);
    const answer = spec.line && unit.line.bind(unit);
    const { list } = properties;
    const wire = options.wire?.(list) ?? lineWire({ properties: list, words, answer });
    return new PlantBus({ wire, clock, random: random.fork("bus"), log });
  });
  if (!own) plant.own(await openDoor(plant.bus, options, host));
  plant.start(options.ticks ?? true);
  return plant;
}

async function openDoor(bus: PlantBus, options: OwnOptions, host: string): Promise<BusDoor> {
  const { over, transports, door, port = 0 } = options;
  if (door) return await door(bus);
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
