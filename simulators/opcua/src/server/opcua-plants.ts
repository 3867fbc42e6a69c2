import { type Clock, createRandom, type Log, RealClock, silentLog } from "@mapperkit/runtime";
import type { Plant, SimProperty, Simulator, TickWheel } from "@mapperkit/sim-plant";
import { ONLY_UNIT, simPropertiesOf } from "@mapperkit/sim-plant";
import { Relay } from "../door/relay.ts";
import { nodeFormOf } from "../space/node-form.ts";
import { placeProperty } from "../space/node-place.ts";
import type { PlacedPlant } from "../space/plant-nodes.ts";
import { InnerServer } from "./inner-server.ts";
import { type SecurityOptions, securityConfig } from "./security.ts";
import { UaBus } from "./ua-bus.ts";

/** One device of a server. */
export interface ServedDevice {
  /** Browse name of its object; unlike the others'. */
  readonly name: string;
  readonly simulator: Simulator;
}

export interface ServerOptions {
  readonly devices: readonly ServedDevice[];
  readonly security?: SecurityOptions;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly whenPortTaken?: "fail" | "next";
  readonly seed?: number | string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** False holds the plants still. Default true. */
  readonly ticks?: boolean;
  /** Seconds that pass in the plants in one second outside. Default 1. */
  readonly speed?: number;
  readonly wheel?: TickWheel;
}

/** A server with its devices, from serveOpcua() until it is disposed. */
export interface OpcuaServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Where its certificates are. */
  readonly pkiFolder: string;
  /** The one that it shows to clients. */
  readonly certificateFile: string;
  /** @throws Error when there is no such device */
  plant(name: string): Plant;
  /** Lets all sessions time out at once. */
  expireSessions(): void;
  /** Deletes all subscriptions, as a server does that runs out of memory. */
  deleteSubscriptions(): void;
}

/** How often session faults are looked for, ms. */
const WATCH_MS = 20;

/**
 * Serves simulated devices on one OPC UA server.
 * @throws MapperkitError `invalid_input` for a port that cannot be used, a property without a node,
 *   or one that OPC UA has no form for
 */
export async function serveOpcua(options: ServerOptions): Promise<OpcuaServer> {
  const { devices, clock = new RealClock(), log = silentLog, seed = 0 } = options;
  const { host = "127.0.0.1", port = 0, whenPortTaken = "fail", speed = 1, wheel } = options;
  const security = securityConfig.parse(options.security ?? {});
  const random = createRandom(seed);
  const parked = { clock, random: random.fork("bus"), log };
  const bus = new UaBus(parked, {
    shut: () => {
      inner.expireSessions();
      return relay.shut();
    },
    refuse: () => relay.refuse(),
    deafen: () => relay.deafen(),
  });
  const faults = () => [...bus.units.values()].map((unit) => unit.faults);
  const inner = new InnerServer({ security, clock, faults });
  const relay = new Relay({
    ...{ host, port, whenPortTaken, faults, clock, log, random: random.fork("relay") },
    innerPort: () => inner.port,
  });
  const plants = new Map<string, Plant>();
  const close = async () => {
    await relay.close();
    await inner.close();
    for (const plant of plants.values()) await plant[Symbol.asyncDispose]();
  };
  try {
    for (const [unit, { name, simulator }] of devices.entries()) {
      simPropertiesOf(simulator.model).forEach(checkProperty);
      const own = { over: bus, unit: ONLY_UNIT + unit, seed: `${seed} ${name}`, clock, log };
      const { ticks = true } = options;
      plants.set(name, await simulator.serve({ ...own, ticks, speed, wheel }));
    }
    await relay.open();
    await inner.open(`opc.tcp://${host}:${relay.port}`, placedOf(bus, plants));
    inner.watch(WATCH_MS, () => relay.drop());
    return {
      port: relay.port,
      url: `opc.tcp://${host}:${relay.port}`,
      pkiFolder: inner.pkiFolder,
      certificateFile: inner.certificateFile,
      plant: (name) => plantOf(plants, name),
      expireSessions: () => inner.expireSessions(),
      deleteSubscriptions: () => inner.deleteSubscriptions(),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What cannot be is said before anything listens. */
function checkProperty(property: SimProperty): void {
  placeProperty(property);
  nodeFormOf(property);
}

function placedOf(bus: UaBus, plants: ReadonlyMap<string, Plant>): PlacedPlant[] {
  return [...plants].flatMap(([name, { properties }], index) => {
    const unit = bus.units.get(ONLY_UNIT + index);
    return unit ? [{ name, properties, panel: unit.panel }] : [];
  });
}

function plantOf(plants: ReadonlyMap<string, Plant>, name: string): Plant {
  const plant = plants.get(name);
  if (plant) return plant;
  throw new Error(`no device ${name} on this server`);
}
