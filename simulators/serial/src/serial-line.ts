import { type Clock, createRandom, type Log, RealClock, silentLog } from "@mapperkit/runtime";
import {
  type BusDoor,
  openTcpDoor,
  type Plant,
  PlantBus,
  type Simulator,
  type TcpPlace,
  type TickWheel,
  type WireProtocol,
} from "@mapperkit/sim-plant";
import { openPtyDoor, type PtyPlace } from "./doors/pty-door.ts";

/** Where a line is: a port that is made, or a gateway on TCP. */
export type LinePlace = PtyPlace | TcpPlace;

export interface LineOptions {
  readonly wire: WireProtocol;
  /** The devices, by the numbers that the wire gives them. */
  readonly devices: ReadonlyMap<number, Simulator>;
  /** Default: any free port of 127.0.0.1. */
  readonly place?: LinePlace;
  readonly seed?: number | string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** False holds the plants still. Default true. */
  readonly ticks?: boolean;
  /** Seconds that pass in the plants in one second outside. Default 1. */
  readonly speed?: number;
  readonly wheel?: TickWheel;
}

/** A line with its devices, from serveLine() until it is disposed. */
export interface SerialLine extends AsyncDisposable {
  /** On TCP; 0 on a serial line. */
  readonly port: number;
  /** @throws Error when there is no such device */
  plant(unit: number): Plant;
}

/**
 * Serves simulated devices on one line.
 * @throws MapperkitError `invalid_input` for a place that cannot be used
 */
export async function serveLine(options: LineOptions): Promise<SerialLine> {
  const { clock = new RealClock(), log = silentLog, seed = 0, wire } = options;
  const { ticks = true, speed = 1, wheel, place = ANYWHERE } = options;
  const bus = new PlantBus({ wire, clock, random: createRandom(seed).fork("bus"), log });
  const plants = new Map<number, Plant>();
  let door: BusDoor | undefined;
  const close = async () => {
    await door?.close();
    for (const plant of plants.values()) await plant[Symbol.asyncDispose]();
  };
  try {
    for (const [unit, simulator] of options.devices) {
      const own = { over: bus, unit, seed: `${seed} ${unit}`, clock, log };
      plants.set(unit, await simulator.serve({ ...own, ticks, speed, wheel }));
    }
    door =
      "path" in place
        ? await openPtyDoor(bus, place, { clock, log })
        : await openTcpDoor(bus, place, log);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port: door.port,
    plant: (unit) => plantOf(plants, unit),
    [Symbol.asyncDispose]: close,
  };
}

const ANYWHERE: TcpPlace = { host: "127.0.0.1", port: 0 };

function plantOf(plants: ReadonlyMap<number, Plant>, unit: number): Plant {
  const plant = plants.get(unit);
  if (plant) return plant;
  throw new Error(`no device ${unit} on this line`);
}
