import { type DeviceAnnouncement, type DeviceId, deviceIdOf, type Outcome } from "@mapperkit/api";
import type { Plant } from "@mapperkit/sim-plant";
import { announcementOf } from "../bench/manifests.ts";
import { MapperWorld } from "../bench/mapper-world.ts";
import { twinTextOf } from "../bench/twin-text.ts";
import type { Values } from "./law.ts";
import type { Subject } from "./subject.ts";

/** A device of a law's world. */
export interface Placed {
  readonly name: string;
  /** Devices of the same bus share an address. */
  readonly bus: number;
  readonly unit?: number;
  /** Only these properties. */
  readonly properties?: readonly string[];
}

export interface LawDevice {
  readonly id: DeviceId;
  readonly name: string;
  readonly plant: Plant;
  readonly properties: readonly string[];
}

/** One cycle of the devices in a law's world, ms: the default one. */
export const CYCLE_MS = 1000;
const FIRST_PORT = 10_000;
const HOST = "127.0.0.1";
/** A mapper with devices that stand still unless a law moves them. */
export class LawWorld implements AsyncDisposable {
  readonly subject: Subject;
  readonly world: MapperWorld;
  readonly devices: readonly LawDevice[];
  #generation = 1;

  constructor(subject: Subject, world: MapperWorld, devices: readonly LawDevice[]) {
    this.subject = subject;
    this.world = world;
    this.devices = devices;
  }

  get first(): LawDevice {
    const [first] = this.devices;
    if (first) return first;
    throw new RangeError("a law's world has a device");
  }

  /** Shows values on a plant; what is reckoned there stays as it is. */
  show(device: LawDevice, values: Values): void {
    for (const [name, value] of Object.entries(values)) {
      if (device.properties.includes(name)) setIfPossible(device.plant, name, value);
    }
  }

  /** The text of the true value. */
  truth(device: LawDevice, property: string): string {
    return twinTextOf(device.plant.get(property));
  }

  /** What the twin says, if it is good. */
  reported(device: LawDevice, property: string): string | undefined {
    const actual = this.world.link.twin(device.id, property)?.actual;
    return (actual?.metadata?.quality ?? "Good") === "Good" ? actual?.value : undefined;
  }

  /** Moves time until something is true, looking once each half cycle; false when it never is. */
  async within(ms: number, isTrue: () => boolean): Promise<boolean> {
    const { clock } = this.world;
    const endsAt = clock.now() + ms;
    await clock.advance(0);
    while (!isTrue()) {
      if (clock.now() >= endsAt) return false;
      await clock.advance(CYCLE_MS / 2);
      this.world.requireRunning();
    }
    return true;
  }

  /** Desires a value and returns what became of it within a minute; undefined when nothing did. */
  async write(device: LawDevice, property: string, value: unknown): Promise<Outcome | undefined> {
    this.#generation += 1;
    const generation = this.#generation;
    const { link } = this.world;
    link.setDesired(device.id, property, twinTextOf(value), generation);
    const outcome = () => {
      const told = link.twin(device.id, property)?.outcome;
      return told?.generation === generation && told.phase !== "Pending" ? told : undefined;
    };
    await this.within(60_000, () => outcome() !== undefined);
    return outcome() ?? link.twin(device.id, property)?.outcome;
  }

  /** Names the first property that is not reported as it truly is within the time. */
  async misreported(ms: number, devices = this.devices): Promise<string | undefined> {
    const wrong = () =>
      devices.flatMap((device) =>
        device.properties
          .filter((name) => this.reported(device, name) !== this.truth(device, name))
          .map((name) => ({ device, name })),
      )[0];
    if (await this.within(ms, () => wrong() === undefined)) return undefined;
    const found = wrong();
    if (!found) return undefined;
    const { device, name } = found;
    const actual = this.world.link.twin(device.id, name)?.actual;
    const { quality = "", reason = "" } = actual?.metadata ?? {};
    const said = actual ? `${actual.value} (${quality} ${reason})` : "nothing";
    return `${device.name}.${name} is ${this.truth(device, name)}, reported was ${said}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.world.stopMapper();
    } finally {
      for (const { plant } of this.devices) await plant[Symbol.asyncDispose]();
    }
  }
}

/** Opens a world with these devices in it, the mapper running. */
export async function openLawWorld(
  subject: Subject,
  seed: string,
  places: readonly Placed[],
): Promise<LawWorld> {
  const world = new MapperWorld(subject.mapper, seed, {
    ...{ config: subject.options.config, isRecorded: false },
  });
  const buses = new Map<number, Plant>();
  const devices: LawDevice[] = [];
  for (const place of places) {
    const announcement = announcementFor(subject, place);
    const plant = await servePlant(subject, world, place, buses, `${seed} ${place.name}`);
    world.link.announce(announcement);
    const readable = subject.readable.map(({ name }) => name);
    const properties = readable.filter((name) => place.properties?.includes(name) ?? true);
    const id = deviceIdOf(announcement.device.metadata);
    devices.push({ id, name: place.name, plant, properties });
  }
  await world.startMapper();
  return new LawWorld(subject, world, devices);
}

async function servePlant(
  { options }: Subject,
  { network, clock }: MapperWorld,
  { bus, unit }: Placed,
  buses: Map<number, Plant>,
  seed: string,
): Promise<Plant> {
  const { sim, device, wire } = options;
  const own = buses.get(bus)?.bus;
  const plant = await sim.serve({
    ...{ over: own ?? "memory", transports: network, host: HOST, port: FIRST_PORT + bus },
    ...{
      clock,
      seed,
      ticks: false,
      device,
      ...(wire && { wire }),
      ...(unit !== undefined && { unit }),
    },
  });
  if (!own) buses.set(bus, plant);
  return plant;
}

function announcementFor({ mapper, options }: Subject, place: Placed): DeviceAnnouncement {
  const { model, device, unitKey } = options;
  const unit = unitKey !== undefined && place.unit !== undefined ? { [unitKey]: place.unit } : {};
  return announcementOf({ model, device }, mapper.name, {
    ...{ name: place.name, isPlain: true },
    configData: { host: HOST, port: FIRST_PORT + place.bus, ...unit },
    ...(place.properties && { properties: place.properties }),
  });
}

function setIfPossible(plant: Plant, name: string, value: unknown): void {
  try {
    plant.set(name, value);
  } catch {
    // What is reckoned from the state has no key to turn; it is proved as it stands.
  }
}
