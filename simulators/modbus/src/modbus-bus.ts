import {
  type Clock,
  createRandom,
  type Log,
  type MemoryTransports,
  RealClock,
  silentLog,
} from "@mapperkit/runtime";
import {
  type BusDoor,
  openMemoryDoor,
  openTcpDoor,
  type Plant,
  PlantBus,
  type Simulator,
  type TcpPlace,
  type TickWheel,
} from "@mapperkit/sim-plant";
import { type MemoryLinePlace, openMemoryLineDoor } from "./doors/memory-line-door.ts";
import type { LineSurroundings } from "./doors/open-line.ts";
import { openSerialDoor, type SerialPlace } from "./doors/serial-door.ts";
import type { DeviceQuirks } from "./pdu/device-quirks.ts";
import { ModbusWire } from "./wire/modbus-wire.ts";
import { rtuFraming } from "./wire/rtu-framing.ts";
import { tcpFraming } from "./wire/tcp-framing.ts";

/** One device on a bus. */
export interface BusDevice {
  readonly unit: number;
  readonly simulator: Simulator;
  readonly quirks?: DeviceQuirks;
}

export interface BusOptions {
  readonly devices: readonly BusDevice[];
  /** Default: Modbus TCP. */
  readonly framing?: "tcp" | "rtu";
  /** Where it is reached: on TCP, on a serial line, in memory. Default: any free port of 127.0.0.1. */
  readonly place?: Partial<TcpPlace> | SerialPlace | MemoryPlace | MemoryLinePlace;
  readonly seed?: number | string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** False holds the plants still. Default true. */
  readonly ticks?: boolean;
  /** Seconds that pass in the plants in one second outside. Default 1. */
  readonly speed?: number;
  /** What ticks very many devices. Default: the clock. */
  readonly wheel?: TickWheel;
}

/** In memory, where clients dial through the same transports. */
export interface MemoryPlace {
  readonly transports: MemoryTransports;
  readonly host: string;
  readonly port: number;
}

/** A bus with its devices, from serveBus() until it is disposed. */
export interface ModbusBus extends AsyncDisposable {
  /** On TCP; 0 on a serial line. */
  readonly port: number;
  /** @throws Error when there is no such unit */
  plant(unit: number): Plant;
}

/**
 * Serves simulated devices as units of one Modbus bus.
 * @throws MapperkitError `invalid_input` for a place that cannot be used, a property without one, or
 *   two devices of one unit
 */
export async function serveBus(options: BusOptions): Promise<ModbusBus> {
  const { clock = new RealClock(), log = silentLog, seed = 0, place = {} } = options;
  const isSerial = "path" in place || "line" in place;
  const framing = options.framing === "rtu" || isSerial ? rtuFraming : tcpFraming;
  const quirks = new Map(options.devices.map((device) => [device.unit, device.quirks]));
  const wire = new ModbusWire(framing, (unit) => quirks.get(unit) ?? {});
  const random = createRandom(seed);
  const bus = new PlantBus({ wire, clock, random: random.fork("bus"), log });
  const plants = new Map<number, Plant>();
  const doors: BusDoor[] = [];
  const close = async () => {
    await Promise.all(doors.map((door) => door.close()));
    for (const plant of plants.values()) await plant[Symbol.asyncDispose]();
  };
  try {
    for (const { unit, simulator } of options.devices) {
      const own = { over: bus, unit, seed: `${seed} ${unit}`, clock, log };
      const { ticks = true, speed = 1, wheel } = options;
      plants.set(unit, await simulator.serve({ ...own, ticks, speed, wheel }));
    }
    const door = await openDoor(bus, place, { clock, log });
    doors.push(door);
    return {
      port: door.port,
      plant: (unit) => plantOf(plants, unit),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDoor(
  bus: PlantBus,
  place: NonNullable<BusOptions["place"]>,
  surroundings: LineSurroundings,
): Promise<BusDoor> {
  if ("path" in place) return await openSerialDoor(bus, place, surroundings);
  if ("line" in place) return openMemoryLineDoor(bus, place, surroundings);
  if ("transports" in place) return openMemoryDoor(bus, place);
  return await openTcpDoor(bus, { ...ANYWHERE, ...place }, surroundings.log);
}

const ANYWHERE: TcpPlace = { host: "127.0.0.1", port: 0, whenPortTaken: "fail" };

function plantOf(plants: ReadonlyMap<number, Plant>, unit: number): Plant {
  const plant = plants.get(unit);
  if (plant) return plant;
  throw new Error(`no unit ${unit} on this bus`);
}
