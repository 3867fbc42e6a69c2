import type { Random } from "@mapperkit/runtime";
import type { SimProperty } from "../simulated/sim-model.ts";
import { type Limits, limitsOf, type Quantity, quantityOf } from "./quantity.ts";

/** All values of a device, as numbers, booleans and texts; of integers not yet whole. */
export type PlausibleState = Record<string, unknown>;

/** How one property of a device behaves. */
export interface Behaviour {
  initial(random: Random): unknown;
  /** Its value so many seconds later. Absent where nothing happens by itself. */
  next?(value: unknown, state: PlausibleState, dt: number, random: Random): unknown;
  /** Whether it outlives a loss of power. */
  readonly isRetained?: boolean;
}

const SETPOINT = /set_?point|target|desired|soll/i;
const RUNNING_TIME = /uptime|run_?time|operating/i;
const COUNT = /count|cycles|pulses|total|pieces|starts/i;
const SWITCHED_ON = /enable|^on$|power|switch/i;
const WORKING = /heat|running|active|working/i;
const ENERGY_JOULES: Readonly<Record<string, number>> = {
  "W.h": 3600,
  Wh: 3600,
  "kW.h": 3_600_000,
  kWh: 3_600_000,
  J: 1,
  kJ: 1000,
};
const POWER_WATTS: Readonly<Record<string, number>> = { W: 1, kW: 1000 };
/** How fast a process follows its setpoint, s. */
const FOLLOWING_S = 60;
const DEFAULT_WATTS = 900;

/** How a property behaves, by its unit, its name, and the properties beside it. */
export function behaviourOf(property: SimProperty, all: readonly SimProperty[]): Behaviour {
  const { kind, isWritable, definition } = property;
  if (definition.arrayLength !== undefined || kind === "struct" || kind === "bytes") return still();
  if (kind === "text") return text(property);
  if (kind === "boolean") return isWritable ? switchOf(property) : signal(property, all);
  const limits = limitsOf(property);
  if (isWritable) return dial(property, limits);
  return (
    energy(property, all, limits) ??
    counter(property, limits) ??
    follower(property, all, limits) ??
    wanderer(quantityOf(property), limits)
  );
}

/** What the model's defaults say. */
function still(): Behaviour {
  return { initial: () => undefined };
}

function text({ name, definition }: SimProperty): Behaviour {
  const longest = definition.byteLength ?? 32;
  return {
    initial: (random) => {
      if (/serial/i.test(name)) return `SN${random.int(100_000, 999_999)}`.slice(0, longest);
      if (/version|firmware/i.test(name)) return "1.0.3".slice(0, longest);
      if (/maker|vendor|manufacturer/i.test(name)) return "mapperkit".slice(0, longest);
      return name.slice(0, longest);
    },
  };
}

function switchOf({ name }: SimProperty): Behaviour {
  return { initial: () => SWITCHED_ON.test(name) };
}

/** True while the process works towards its setpoint. */
function signal(property: SimProperty, all: readonly SimProperty[]): Behaviour {
  const setpoint = all.find(isSetpoint);
  const process = setpoint && all.find((other) => isProcessOf(other, setpoint));
  if (!WORKING.test(property.name) || !setpoint || !process) return { initial: () => false };
  return {
    initial: () => false,
    next: (_, state) => Number(state[process.name]) < Number(state[setpoint.name]) - 0.5,
  };
}

function dial(property: SimProperty, { least, greatest }: Limits): Behaviour {
  const { definition, name } = property;
  const isBounded = definition.minimum !== undefined && definition.maximum !== undefined;
  if (SETPOINT.test(name) && isBounded) {
    return { initial: () => Math.round(least + (greatest - least) / 4) };
  }
  return { initial: () => (isBounded ? least : clamped(0, { least, greatest })) };
}

/** Energy never falls: it is the sum of the power beside it. */
function energy(
  { name, definition }: SimProperty,
  all: readonly SimProperty[],
  limits: Limits,
): Behaviour | undefined {
  const joules = ENERGY_JOULES[definition.unit ?? ""] ?? (/energy/i.test(name) ? 3_600_000 : 0);
  if (joules === 0) return undefined;
  const power = all.find((other) => POWER_WATTS[other.definition.unit ?? ""] !== undefined);
  const wattsOf = (state: PlausibleState) =>
    power === undefined
      ? DEFAULT_WATTS
      : Number(state[power.name]) * (POWER_WATTS[power.definition.unit ?? ""] ?? 1);
  return {
    isRetained: true,
    initial: (random) => clamped(random.int(1000, 9000) / 10, limits),
    next: (value, state, dt) =>
      clamped(Number(value) + Math.max(0, wattsOf(state) * dt) / joules, limits),
  };
}

/** Counters count, and hours go by. */
function counter({ name, definition }: SimProperty, limits: Limits): Behaviour | undefined {
  const isTime = RUNNING_TIME.test(name);
  if (!isTime && !COUNT.test(name)) return undefined;
  const perSecond = isTime && definition.unit === "h" ? 1 / 3600 : 1;
  return {
    isRetained: true,
    initial: () => clamped(0, limits),
    next: (value, _, dt) => clamped(Number(value) + perSecond * dt, limits),
  };
}

/** What has a setpoint beside it relaxes to that, as long as nobody switched it off. */
function follower(
  property: SimProperty,
  all: readonly SimProperty[],
  limits: Limits,
): Behaviour | undefined {
  const setpoint = all.find((other) => isSetpoint(other) && isProcessOf(property, other));
  if (!setpoint) return undefined;
  const main = all.find(
    ({ kind, isWritable, name }) => kind === "boolean" && isWritable && SWITCHED_ON.test(name),
  );
  const { typical, spread } = quantityOf(property);
  return {
    initial: () => clamped(typical, limits),
    next: (value, state, dt, random) => {
      const isOn = main === undefined || state[main.name] === true;
      const goal = isOn ? Number(state[setpoint.name]) : typical;
      const kept = Math.exp(-dt / FOLLOWING_S);
      const noise = random.normal(0, (spread / 5) * Math.sqrt(1 - kept * kept));
      return clamped(goal + (Number(value) - goal) * kept + noise, limits);
    },
  };
}

/** An Ornstein–Uhlenbeck process, exact for any step. */
function wanderer({ typical, spread, relaxationS }: Quantity, limits: Limits): Behaviour {
  return {
    initial: (random) => clamped(typical + random.normal(0, spread), limits),
    next: (value, _, dt, random) => {
      const kept = Math.exp(-dt / relaxationS);
      const noise = random.normal(0, spread * Math.sqrt(1 - kept * kept));
      return clamped(typical + (Number(value) - typical) * kept + noise, limits);
    },
  };
}

function isSetpoint({ name, isWritable, kind }: SimProperty): boolean {
  return isWritable && kind === "number" && SETPOINT.test(name);
}

function isProcessOf({ isWritable, kind, definition }: SimProperty, setpoint: SimProperty) {
  return !isWritable && kind === "number" && definition.unit === setpoint.definition.unit;
}

function clamped(value: number, { least, greatest }: Limits): number {
  return Math.min(greatest, Math.max(least, value));
}
