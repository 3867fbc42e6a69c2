import { MapperkitError, parseDuration } from "@mapperkit/api";
import type { Clock, Random } from "@mapperkit/runtime";
import type { FaultBook } from "../faults/fault-book.ts";
import type { TickWheel } from "../time/tick-wheel.ts";
import type { Panel, Reading, Refusal } from "../wire/wire-protocol.ts";
import { initialValueOf, isAllowed, type SimProperties } from "./sim-model.ts";
import type { AnySimSpec } from "./sim-spec.ts";

/** A write that a client made and the device took. */
export interface SimWrite {
  readonly atMs: number;
  readonly property: string;
  readonly value: unknown;
}

export interface SimUnitParts {
  readonly properties: SimProperties;
  readonly spec: AnySimSpec;
  readonly faults: FaultBook;
  readonly clock: Clock;
  readonly random: Random;
  /** Seconds that pass in the device in one second outside. */
  readonly speed: number;
  /** What ticks very many devices; else the clock does. */
  readonly wheel: TickWheel | undefined;
}

const DEFAULT_EVERY = "100ms";
const DEFAULT_SPIKE = 100;

/** The works of one simulated device: its state, what moves it, and what clients may do with it. */
export class SimUnit implements Panel {
  readonly writes: SimWrite[] = [];
  readonly #parts: SimUnitParts;
  readonly #properties: SimProperties;
  readonly #chance: Random;
  // Made when they are needed: of most devices among very many, never.
  #readCounts: Map<string, number> | undefined;
  #stuck: Map<string, unknown> | undefined;
  #state: Record<string, unknown> = {};
  #stopTicking: (() => void) | undefined;
  /** Time of the device that no tick has passed yet. */
  #owedMs = 0;

  constructor(parts: SimUnitParts) {
    this.#parts = parts;
    this.#properties = parts.properties;
    this.#chance = parts.random.fork("tick");
    this.powerOn();
  }

  /** Makes the state anew, as after a loss of power, but for what is retained. */
  powerOn(): void {
    const kept = (this.#parts.spec.retained ?? []).filter((name) => name in this.#state);
    const retained = kept.map((name) => [name, this.#state[name]]);
    const state = this.#parts.spec.state(this.#parts.random.fork("state"));
    const others = this.#properties.list
      .filter(({ name }) => !(name in state) && !this.#parts.spec.read?.[name])
      .map((property) => [property.name, initialValueOf(property)]);
    this.#state = Object.assign(state, Object.fromEntries([...others, ...retained]));
  }

  /** Lets time move the device, until stop(). */
  start(): void {
    const { spec, clock, wheel } = this.#parts;
    if (!spec.tick) return;
    const everyMs = parseDuration(spec.every ?? DEFAULT_EVERY, "every");
    this.#stopTicking ??= (wheel ?? { add: clock.every.bind(clock) }).add(everyMs, () =>
      this.#tick(everyMs),
    );
  }

  /** Time that is hurried comes in steps as long as ever: what swings must not overshoot. */
  #tick(everyMs: number): void {
    const { spec, clock, speed } = this.#parts;
    const now = clock.now();
    this.#owedMs += everyMs * speed;
    for (; this.#owedMs >= everyMs; this.#owedMs -= everyMs) {
      spec.tick?.(this.#state, { dt: everyMs / 1000, now, random: this.#chance });
    }
  }

  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  /** The true value, whatever a fault makes of it on the way out. @throws MapperkitError `not_found` */
  get(name: string): unknown {
    const property = this.#properties.get(name);
    if (!property) throw unknownProperty(name);
    const read = this.#parts.spec.read?.[name];
    return read ? read(this.#state) : this.#state[name];
  }

  /** Sets the true value by hand. @throws MapperkitError `not_found`; `unsupported` for what is reckoned */
  set(name: string, value: unknown): void {
    if (!this.#properties.has(name)) throw unknownProperty(name);
    if (this.#parts.spec.read?.[name] && !(name in this.#state)) {
      throw new MapperkitError("unsupported", `${name} is reckoned from the state, it has no key`);
    }
    this.#state[name] = value;
  }

  /** How often clients were shown this property. */
  readCount(name: string): number {
    return this.#readCounts?.get(name) ?? 0;
  }

  read(name: string): Reading {
    const { faults } = this.#parts;
    const refusal = this.#refusal();
    if (refusal !== undefined) return { refusal };
    if (!this.#properties.has(name)) return { refusal: "noSuchProperty" };
    this.#readCounts ??= new Map();
    this.#readCounts.set(name, this.readCount(name) + 1);
    const quality = faults.strikingProperty("quality", name)?.fault.quality ?? "Good";
    if (quality === "Bad") return { refusal: "badQuality" };
    return { value: this.#shown(name), quality };
  }

  write(name: string, value: unknown): Refusal | undefined {
    const refusal = this.#refusal();
    if (refusal !== undefined) return refusal;
    const property = this.#properties.get(name);
    if (!property) return "noSuchProperty";
    if (!property.isWritable) return "readOnly";
    if (!isAllowed(property, value)) return "illegalValue";
    const write = this.#parts.spec.write?.[name];
    const answer = write ? write(this.#state, value) : this.set(name, value);
    if (answer === "illegalValue" || answer === "busy") return answer;
    this.writes.push({ atMs: this.#parts.clock.now(), property: name, value });
    return undefined;
  }

  /** A device with words of its own answers a line. */
  line(text: string, panel: Panel): string | undefined {
    return this.#parts.spec.line?.(this.#state, text, panel);
  }

  /** Keeps the value that a property shows now, for as long as it is stuck. */
  stick(name: string, isStuck: boolean): void {
    if (!isStuck || !this.#properties.has(name)) {
      this.#stuck?.delete(name);
      return;
    }
    this.#stuck ??= new Map();
    this.#stuck.set(name, this.get(name));
  }

  #shown(name: string): unknown {
    const { faults } = this.#parts;
    const isStuck = this.#stuck?.has(name) && faults.strikingProperty("stuck", name);
    const value = isStuck ? this.#stuck?.get(name) : this.get(name);
    if (typeof value !== "number") return value;
    const drift = faults.strikingProperty("drift", name);
    const spike = faults.strikingProperty("spike", name);
    const drifted = drift ? ((drift.fault.by ?? 1) * drift.sinceMs) / 1000 : 0;
    return value + drifted + (spike ? (spike.fault.by ?? DEFAULT_SPIKE) : 0);
  }

  #refusal(): Refusal | undefined {
    const { faults } = this.#parts;
    if (faults.striking("busy")) return "busy";
    const exception = faults.striking("exception");
    return exception && { code: exception.code };
  }
}

function unknownProperty(name: string): MapperkitError {
  return new MapperkitError("not_found", `the simulated device has no property ${name}`);
}
