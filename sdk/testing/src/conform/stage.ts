import { type DeviceId, deviceIdOf, type Outcome } from "@mapperkit/api";
import { type Clock, createRandom, type Random } from "@mapperkit/runtime";
import type { Plant, SimProperty } from "@mapperkit/sim-plant";
import type { BenchLink } from "../bench/bench-link.ts";
import { announcementOf, type DeviceChanges } from "../bench/manifests.ts";
import type { Transcript } from "../bench/transcript.ts";
import { twinTextOf } from "../bench/twin-text.ts";
import type { Subject } from "../laws/subject.ts";
import { RealTheatre, SimTheatre, type Theatre } from "./theatre.ts";

/** A device that says no cycle has this one. */
const DEFAULT_CYCLE_MS = 1000;
const NAME = "conform";
const PUT_BACK_MS = 10_000;
const PLACE = { host: "127.0.0.1", port: 10_000 };
const SECOND_PLACE = { host: "127.0.0.1", port: 10_001 };

/** A mapper, one device, and everything that a check looks at or does. */
export class Stage implements AsyncDisposable {
  readonly subject: Subject;
  readonly theatre: Theatre;
  readonly id: DeviceId;
  /** Absent on hardware. */
  readonly maybePlant: Plant | undefined;
  readonly #writable: readonly SimProperty[];
  /** What properties of hardware showed before they were written first. */
  readonly #before = new Map<string, string>();
  #generation = 1;

  constructor(parts: {
    subject: Subject;
    theatre: Theatre;
    plant: Plant | undefined;
    writable: readonly SimProperty[];
    id: DeviceId;
  }) {
    this.subject = parts.subject;
    this.theatre = parts.theatre;
    this.maybePlant = parts.plant;
    this.#writable = parts.writable;
    this.id = parts.id;
  }

  /** Only for checks that need it. */
  get plant(): Plant {
    if (this.maybePlant) return this.maybePlant;
    throw new TypeError("a check that touches the plant must say that it needs one");
  }

  get clock(): Clock {
    return this.theatre.clock;
  }

  get link(): BenchLink {
    return this.theatre.link;
  }

  get transcript(): Transcript {
    return this.theatre.transcript;
  }

  /** Properties that may be written here. */
  get writable(): readonly SimProperty[] {
    return this.#writable;
  }

  get settable(): readonly SimProperty[] {
    return this.#writable.filter(({ name }) => !this.subject.isCommand(name));
  }

  get readable(): readonly string[] {
    return this.subject.readable.map(({ name }) => name);
  }

  pass(ms: number): Promise<void> {
    return this.theatre.pass(ms);
  }

  /** Waits for a fact, looking each 250 ms; false when it does not come. */
  async within(ms: number, isTrue: () => boolean): Promise<boolean> {
    const endsAt = this.clock.now() + ms;
    await this.pass(0);
    while (!isTrue()) {
      if (this.clock.now() >= endsAt) return false;
      await this.pass(250);
      this.theatre.requireRunning();
    }
    return true;
  }

  actual(property: string) {
    return this.link.twin(this.id, property)?.actual;
  }

  /** What the twin says, if it is good. */
  good(property: string): string | undefined {
    const actual = this.actual(property);
    return (actual?.metadata?.quality ?? "Good") === "Good" ? actual?.value : undefined;
  }

  truth(property: string): string {
    return twinTextOf(this.plant.get(property));
  }

  /** The first property that is not reported as it is within the time. */
  async misreported(ms: number): Promise<string | undefined> {
    const wrong = () => this.readable.find((name) => this.good(name) !== this.truth(name));
    if (await this.within(ms, () => wrong() === undefined)) return undefined;
    const name = wrong();
    if (name === undefined) return undefined;
    const { value, metadata } = this.actual(name) ?? {};
    const said = value === undefined ? "nothing" : `${value} (${metadata?.quality ?? "Good"})`;
    return `${name} is ${this.truth(name)}, reported is ${said}`;
  }

  /** Desires a text, as kubectl does. */
  desire(property: string, text: string): () => Outcome | undefined {
    const before = this.maybePlant ? undefined : this.good(property);
    const isFirst = !this.#before.has(property) && !this.subject.isCommand(property);
    if (before !== undefined && isFirst) this.#before.set(property, before);
    this.#generation += 1;
    const generation = this.#generation;
    this.link.setDesired(this.id, property, text, generation);
    return () => {
      const outcome = this.link.twin(this.id, property)?.outcome;
      return outcome?.generation === generation ? outcome : undefined;
    };
  }

  /** Desires a value and waits for what becomes of it. */
  async write(property: string, value: unknown, ms = 60_000): Promise<Outcome | undefined> {
    const outcome = this.desire(property, twinTextOf(value));
    await this.within(ms, () => (outcome()?.phase ?? "Pending") !== "Pending");
    return outcome();
  }

  /** A value to write that the property does not have now. */
  other(property: SimProperty, label: string): unknown {
    return this.#unlike(property, label, (random) => this.subject.draw(property, random));
  }

  /** Turns a property of the plant to a value that it does not have now, and returns that. */
  turn(property: SimProperty, label: string): unknown {
    const value = this.#unlike(property, label, (random) =>
      this.subject.drawShown(property, random),
    );
    try {
      this.plant.set(property.name, value);
      return value;
    } catch {
      // What is reckoned from the state has no key to turn; it is proved as it stands.
      return this.plant.get(property.name);
    }
  }

  #unlike(property: SimProperty, label: string, draw: (random: Random) => unknown): unknown {
    const random = createRandom(label);
    const now = this.maybePlant ? this.truth(property.name) : this.good(property.name);
    let drawn = draw(random);
    for (let tries = 0; tries < 20 && twinTextOf(drawn) === now; tries += 1) drawn = draw(random);
    return drawn;
  }

  /** The longest time that any property may stay unread or unreported, ms. */
  get longestCycleMs(): number {
    if (this.maybePlant) return DEFAULT_CYCLE_MS;
    const cycles = (this.subject.options.device?.spec?.properties ?? []).flatMap(
      ({ collectCycle, reportCycle }) => [collectCycle ?? 0, reportCycle ?? 0],
    );
    return Math.max(DEFAULT_CYCLE_MS, ...cycles);
  }

  /** Connections that the mapper holds open now. */
  get openConnections(): number {
    const counts = { open: 1, close: -1, sent: 0, received: 0 };
    return this.transcript.entries.reduce((sum, { what }) => sum + counts[what], 0);
  }

  announce(changes: DeviceChanges): DeviceId {
    const { mapper, options } = this.subject;
    const isPlain = this.maybePlant !== undefined;
    const announcement = announcementOf(options, mapper.name, { isPlain, ...changes });
    this.link.announce(announcement);
    return deviceIdOf(announcement.device.metadata);
  }

  /** A second device of the same kind, at an address of its own. */
  async second(): Promise<{ id: DeviceId; plant: Plant }> {
    if (!(this.theatre instanceof SimTheatre)) throw new TypeError("hardware has no second device");
    const plant = await this.theatre.serve(this.subject, SECOND_PLACE);
    return { id: this.announce({ name: "second", configData: SECOND_PLACE }), plant };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#putBack();
    } finally {
      await this.theatre[Symbol.asyncDispose]();
    }
  }

  /** Hardware gets back what it held: a check is no reason for an oven to stay at 90 degrees. */
  async #putBack(): Promise<void> {
    for (const [name, text] of this.#before) {
      if (this.good(name) === text) continue;
      const outcome = this.desire(name, text);
      await this.within(PUT_BACK_MS, () => outcome()?.phase === "Applied");
    }
  }
}

/** A stage on which nothing is real. */
export async function openSimStage(subject: Subject, seed: string): Promise<Stage> {
  const theatre = new SimTheatre(subject, seed);
  const plant = await theatre.serve(subject, PLACE);
  const stage = { subject, theatre, plant, writable: subject.writable };
  const announcement = announcementOf(subject.options, subject.mapper.name, {
    ...{ name: NAME, configData: PLACE, isPlain: true },
  });
  theatre.link.announce(announcement);
  return new Stage({ ...stage, id: deviceIdOf(announcement.device.metadata) });
}

/** A stage with the device that the manifest names; only what is allowed is written. */
export function openHardwareStage(subject: Subject, allowWrite: readonly string[]): Stage {
  const theatre = new RealTheatre(subject);
  const announcement = announcementOf(subject.options, subject.mapper.name, {});
  theatre.link.announce(announcement);
  const writable = subject.writable.filter(({ name }) => allowWrite.includes(name));
  const id = deviceIdOf(announcement.device.metadata);
  return new Stage({ subject, theatre, plant: undefined, writable, id });
}
