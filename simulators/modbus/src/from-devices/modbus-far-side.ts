import { MapperkitError } from "@mapperkit/api";
import {
  type FarSide,
  type FarSideProtocol,
  type FarSideSurroundings,
  type Plant,
  plausibleSimulator,
  simPropertiesOf,
  TickWheel,
  type WantedDevice,
} from "@mapperkit/sim-plant";
import { type BusDevice, type BusOptions, type ModbusBus, serveBus } from "../modbus-bus.ts";
import { ModbusWire } from "../wire/modbus-wire.ts";
import { tcpFraming } from "../wire/tcp-framing.ts";
import { type DevicePlace, endpointOf, manner, readDevicePlace } from "./device-place.ts";
import { registersOf } from "./device-registers.ts";

interface PlacedDevice {
  readonly wanted: WantedDevice;
  readonly place: DevicePlace;
  readonly bus: BusDevice;
}

/** The far side of Modbus devices from their Devices alone: one bus for each socket and serial port. */
export const modbusFarSide: FarSideProtocol = {
  async serve(devices, surroundings) {
    const buses = Map.groupBy(
      devices.map((wanted) => placed(wanted)),
      ({ place }) => endpointOf(place),
    );
    for (const own of buses.values()) refuseClashes(own);
    const running = new RunningBuses();
    try {
      const wheel = new TickWheel(surroundings.clock);
      for (const own of buses.values()) await running.add(own, { ...surroundings, wheel });
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
    return running;
  },
  multiply({ device }, number) {
    const place = readDevicePlace(device.spec?.protocol?.configData);
    if (place.transport === "rtu") return { serialPort: `${place.serialPort}-${number}` };
    return { port: place.port + number };
  },
};

class RunningBuses implements FarSide {
  readonly places: { address: string; devices: string[] }[] = [];
  readonly plants = new Map<string, Plant>();
  readonly moved = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #buses: ModbusBus[] = [];

  async add(
    own: readonly PlacedDevice[],
    { speed, wheel, seed, clock, log, whenPortTaken }: FarSideSurroundings & { wheel: TickWheel },
  ): Promise<void> {
    const [first] = own;
    if (!first) return;
    const { place } = first;
    const options: BusOptions = {
      devices: own.map(({ bus }) => bus),
      framing: place.transport === "tcp" ? "tcp" : "rtu",
      place: wayOf(place, whenPortTaken),
      ...{ seed: `${seed} ${endpointOf(place)}`, speed, wheel, clock, log },
    };
    const bus = await serveBus(options).catch((cause: unknown) => {
      const key = place.transport === "rtu" ? "serialPort" : "port";
      throw located(first.wanted, cause, key);
    });
    this.#buses.push(bus);
    const ids = own.map(({ wanted }) => wanted.id);
    this.places.push({ address: addressOf(place, bus.port), devices: ids });
    for (const { wanted, bus: device } of own) {
      this.plants.set(wanted.id, bus.plant(device.unit));
      if (place.transport !== "rtu" && bus.port !== place.port) {
        this.moved.set(wanted.id, { port: bus.port });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const bus of this.#buses.splice(0)) await bus[Symbol.asyncDispose]();
  }
}

/** @throws MapperkitError `invalid_input` naming file, line and what is wrong there */
function placed(wanted: WantedDevice): PlacedDevice {
  try {
    const place = readDevicePlace(wanted.device.spec?.protocol?.configData);
    const model = registersOf(wanted, place);
    const { unitId, maxReadRegisters, maxReadBits } = place;
    const quirks = {
      ...(maxReadRegisters !== undefined && { maxReadRegisters }),
      ...(maxReadBits !== undefined && { maxReadBits }),
    };
    // Addresses that cannot be are told before anything listens.
    new ModbusWire(tcpFraming, () => quirks).joined(unitId, simPropertiesOf(model));
    return { wanted, place, bus: { unit: unitId, simulator: plausibleSimulator(model), quirks } };
  } catch (cause) {
    throw located(wanted, cause);
  }
}

function refuseClashes(own: readonly PlacedDevice[]): void {
  const units = new Map<number, WantedDevice>();
  const [first] = own;
  for (const one of own) {
    const { wanted, place } = one;
    if (first && manner(place) !== manner(first.place)) {
      const others = `${first.wanted.id} (${first.wanted.where()})`;
      throw clash(
        wanted,
        `${endpointOf(place)} is ${manner(place)}, but ${manner(first.place)} for ${others}`,
        place.transport === "rtu" ? "baudRate" : "transport",
      );
    }
    for (const [unit, property] of unitsOf(one)) {
      const other = units.get(unit);
      if (other) {
        const who = `${other.id} (${other.where(undefined, "unitId")})`;
        const message = `unit ${unit} of ${endpointOf(place)} is ${who} already`;
        throw clash(wanted, message, "unitId", property);
      }
    }
    for (const unit of unitsOf(one).keys()) units.set(unit, wanted);
  }
}

/** The device's own unit, and those that single properties name. */
function unitsOf({ place, bus }: PlacedDevice): ReadonlyMap<number, string | undefined> {
  const units = new Map<number, string | undefined>([[place.unitId, undefined]]);
  for (const { name, definition } of simPropertiesOf(bus.simulator.model)) {
    const unit = Number(definition.visitors?.unitId ?? place.unitId);
    if (!units.has(unit)) units.set(unit, name);
  }
  return units;
}

function clash(
  wanted: WantedDevice,
  message: string,
  key: string,
  property?: string,
): MapperkitError {
  const details = property === undefined ? {} : { property };
  return located(wanted, new MapperkitError("invalid_input", message, { details }), key);
}

/** An error with the file and the line that it comes from in front. */
function located(wanted: WantedDevice, cause: unknown, key?: string): MapperkitError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const details = cause instanceof MapperkitError ? cause.details : {};
  const field = /^properties\[(.+?)\]\.visitors\.(\w+)/.exec(String(details.field ?? ""));
  const property = field?.[1] ?? textOf(details.property);
  const where = wanted.where(property, field?.[2] ?? textOf(details.key) ?? key);
  return new MapperkitError("invalid_input", `${where}: Device ${wanted.id}: ${why}`, {
    cause,
    details,
  });
}

function textOf(detail: unknown): string | undefined {
  return typeof detail === "string" ? detail : undefined;
}

function wayOf(
  { transport, host, port, serialPort = "", baudRate, parity, stopBits }: DevicePlace,
  whenPortTaken: "fail" | "next",
): NonNullable<BusOptions["place"]> {
  if (transport !== "rtu") return { host, port, whenPortTaken };
  return { path: serialPort, isMade: true, baudRate, parity, stopBits };
}

function addressOf(place: DevicePlace, port: number): string {
  if (place.transport === "rtu") return `${place.serialPort} (${manner(place)})`;
  const scheme = place.transport === "tcp" ? "modbus+tcp" : "rtu+tcp";
  return `${scheme}://${place.host}:${port}`;
}
