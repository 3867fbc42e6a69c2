import {
  type DeviceModel,
  isNumericType,
  type ModelDefinition,
  numericForms,
} from "@mapperkit/api";
import type { Random } from "@mapperkit/runtime";
import { initialValueOf, type SimProperty, simPropertiesOf } from "../simulated/sim-model.ts";
import type { AnySimSpec } from "../simulated/sim-spec.ts";
import { defineSimulator, type Simulator } from "../simulated/simulator.ts";
import { behaviourOf, type PlausibleState } from "./behaviour.ts";

/** Digits that a real instrument shows. */
const DIGITS = 6;
/** Once a second is how often people look; each look costs every device. */
const EVERY = "1s";

/**
 * A simulated device from its model alone: temperatures relax to a setpoint beside them, energy
 * never falls, counters count, the rest wanders around what is usual for its unit.
 */
export function plausibleSimulator(model: ModelDefinition | DeviceModel): Simulator {
  const properties = simPropertiesOf(model);
  const moved = properties.map(
    (property) => [property, behaviourOf(property, properties)] as const,
  );
  const shown = properties.filter(({ definition }) => isNumericType(definition.type));
  const spec: AnySimSpec = {
    every: EVERY,
    // Meters and settings outlive a loss of power.
    retained: moved.flatMap(([{ name, isWritable }, { isRetained }]) =>
      isWritable || isRetained ? [name] : [],
    ),
    state: (random: Random): PlausibleState =>
      Object.fromEntries(
        moved.map(([property, behaviour]) => [
          property.name,
          behaviour.initial(random.fork(property.name)) ?? initialValueOf(property),
        ]),
      ),
    tick(state: PlausibleState, { dt, random }) {
      for (const [{ name }, { next }] of moved) {
        if (next) state[name] = next(state[name], state, dt, random);
      }
    },
    read: Object.fromEntries(
      shown.map((property) => [
        property.name,
        (state: PlausibleState) => asShown(property, state[property.name]),
      ]),
    ),
  };
  return defineSimulator(model, spec);
}

/** Integers are whole, and no instrument shows fifteen digits. */
function asShown({ definition, kind }: SimProperty, value: unknown): unknown {
  if (typeof value !== "number") return value;
  const { type, scale, offset } = definition;
  const isInteger = isNumericType(type) && numericForms[type].kind !== "float";
  const isScaled = scale !== undefined || offset !== undefined;
  if (kind === "bigint") return BigInt(Math.floor(value));
  if (isInteger && !isScaled) return Math.floor(value);
  return Number(value.toPrecision(DIGITS));
}
