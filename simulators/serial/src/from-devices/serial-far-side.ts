import { MapperkitError } from "@mapperkit/api";
import {
  type FarSide,
  type FarSideProtocol,
  type FarSideSurroundings,
  type Plant,
  plausibleSimulator,
  type Simulator,
  TickWheel,
  type WantedDevice,
} from "@mapperkit/sim-plant";
import { timingText } from "../doors/line-timing.ts";
import { isFree } from "../doors/pty-door.ts";
import { type LineOptions, type SerialLine, serveLine } from "../serial-line.ts";
import { SerialWire } from "../wire/serial-wire.ts";
import { describedDevice } from "./described-device.ts";
import { type DevicePlace, isGateway, lineOf, mannerOf, readDevicePlace } from "./device-place.ts";

interface PlacedDevice {
  readonly wanted: WantedDevice;
  readonly place: DevicePlace;
}

/** Numbers that are put behind a path that is taken. */
const NEARBY = Array.from({ length: 99 }, (_, index) => index + 2);

/** The far side of serial devices from their Devices alone: one line for each port and gateway. */
export const serialFarSide: FarSideProtocol = {
  async serve(devices, surroundings) {
    const lines = Map.groupBy(devices.map(placed), ({ place }) => place.serialPort);
    const wires = [...lines.values()].map((own) => ({ own, wire: wireOf(own) }));
    const running = new RunningLines();
    try {
      const wheel = new TickWheel(surroundings.clock);
      for (const { own, wire } of wires) await running.add(own, wire, { ...surroundings, wheel });
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
    return running;
  },
  multiply({ device }, number) {
    const place = readDevicePlace(device.spec?.protocol?.configData);
    if (!isGateway(place)) return { serialPort: `${place.serialPort}-${number}` };
    const { hostname, port } = new URL(place.serialPort);
    return { serialPort: `tcp://${hostname}:${Number(port) + number}` };
  },
};

class RunningLines implements FarSide {
  readonly places: { address: string; devices: string[] }[] = [];
  readonly plants = new Map<string, Plant>();
  readonly moved = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #lines: SerialLine[] = [];

  async add(
    own: readonly PlacedDevice[],
    wire: SerialWire,
    { whenPortTaken, seed, ...around }: FarSideSurroundings & { wheel: TickWheel },
  ): Promise<void> {
    const [first] = own;
    if (!first) return;
    const { place } = first;
    const devices = new Map<number, Simulator>(
      own.map(({ wanted }, unit) => [unit, plausibleSimulator(wanted.model)]),
    );
    const options = { wire, devices, ...around, seed: `${seed} ${place.serialPort}` };
    const { line, serialPort } = await serveAt(place, whenPortTaken, options).catch(
      (cause: unknown) => {
        throw located(first.wanted, cause, "serialPort");
      },
    );
    this.#lines.push(line);
    const address = isGateway(place) ? serialPort : `${serialPort} (${timingText(place)})`;
    this.places.push({ address, devices: own.map(({ wanted }) => wanted.id) });
    for (const [unit, { wanted }] of own.entries()) {
      this.plants.set(wanted.id, line.plant(unit));
      if (serialPort !== place.serialPort) this.moved.set(wanted.id, { serialPort });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.#lines.splice(0)) await line[Symbol.asyncDispose]();
  }
}

/** Serves a line where its Devices say, or nearby where that is taken. */
async function serveAt(
  place: DevicePlace,
  whenTaken: "fail" | "next",
  options: Omit<LineOptions, "place">,
): Promise<{ line: SerialLine; serialPort: string }> {
  if (isGateway(place)) {
    const line = await serveLine({ ...options, place: lineOf(place, whenTaken) });
    const { hostname } = new URL(place.serialPort);
    return { line, serialPort: `tcp://${hostname}:${line.port}` };
  }
  const paths = [1, ...(whenTaken === "next" ? NEARBY : [])].map((number) =>
    number === 1 ? place.serialPort : `${place.serialPort}-${number}`,
  );
  const serialPort = paths.find(isFree) ?? place.serialPort;
  const line = await serveLine({ ...options, place: { ...place, path: serialPort } });
  return { line, serialPort };
}

/** What is wrong with any device is told before anything is served. */
function wireOf(own: readonly PlacedDevice[]): SerialWire {
  const wire = new SerialWire();
  const [first] = own;
  const addresses = new Map<string, WantedDevice>();
  for (const [unit, { wanted, place }] of own.entries()) {
    if (first && mannerOf(place) !== mannerOf(first.place)) {
      const others = `${mannerOf(first.place)} for ${first.wanted.id} (${first.wanted.where()})`;
      throw clash(wanted, `${place.serialPort} is ${mannerOf(place)}, but ${others}`, "baudRate");
    }
    const { configData = {} } = wanted.device.spec?.protocol ?? {};
    const address = String(configData.address ?? "");
    const other = addresses.get(address);
    if (other) {
      const who = `${other.id} (${other.where(undefined, "address")})`;
      const what = address === "" ? "a device without address" : `address ${address}`;
      throw clash(wanted, `${what} on ${place.serialPort} is ${who} already`, "address");
    }
    addresses.set(address, wanted);
    try {
      wire.add(describedDevice(unit, textOf(wanted)));
    } catch (cause) {
      throw located(wanted, cause);
    }
  }
  return wire;
}

function textOf({ device, model }: WantedDevice) {
  const { protocol, properties = [] } = device.spec ?? {};
  return {
    configData: protocol?.configData ?? {},
    model,
    visitors: new Map(properties.map(({ name, visitors }) => [name, visitors?.configData])),
  };
}

function placed(wanted: WantedDevice): PlacedDevice {
  try {
    return { wanted, place: readDevicePlace(wanted.device.spec?.protocol?.configData) };
  } catch (cause) {
    throw located(wanted, cause);
  }
}

function clash(wanted: WantedDevice, message: string, key: string): MapperkitError {
  return located(wanted, new MapperkitError("invalid_input", message), key);
}

/** An error with the file and the line that it comes from in front. */
function located(wanted: WantedDevice, cause: unknown, key?: string): MapperkitError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const details = cause instanceof MapperkitError ? cause.details : {};
  const nameIn = (detail: unknown) => (typeof detail === "string" ? detail : undefined);
  const where = wanted.where(nameIn(details.property), nameIn(details.key) ?? key);
  return new MapperkitError("invalid_input", `${where}: Device ${wanted.id}: ${why}`, {
    cause,
    details,
  });
}
