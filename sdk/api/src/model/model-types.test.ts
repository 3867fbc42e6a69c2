import assert from "node:assert/strict";
import { test } from "node:test";
import { coil, discreteInput, holding, input } from "./addresses.ts";
import {
  defineModel,
  type ModelDefinition,
  type PropertyDefinitions,
  type Readable,
  type ValueOf,
  type Writable,
} from "./model-definition.ts";

const oven = defineModel("oven", {
  temperature: input(0, "int16", { scale: 0.1, unit: "Cel", deadband: { absolute: 0.5 } }),
  setpoint: holding(0, "int16", { scale: 0.1, unit: "Cel", minimum: 20, maximum: 90 }),
  cycles: input(10, "uint64"),
  curve: holding(20, "uint16", { arrayLength: 4 }),
  heater: coil(3),
  door: discreteInput(4),
  reset: { type: "boolean", accessMode: "WriteOnly", visitors: { space: "coil", address: 9 } },
  label: { type: "string", byteLength: 16 },
  phase: { type: "bytes", fields: { volts: { offset: 0, type: "float32" } } },
});

type Handle<P extends PropertyDefinitions> = {
  read<K extends Readable<P> & keyof P>(name: K): ValueOf<P[K]>;
  write<K extends Writable<P> & keyof P>(name: K, value: ValueOf<P[K]>): void;
};

const written: unknown[] = [];
function open<P extends PropertyDefinitions>(model: ModelDefinition<P>): Handle<P> {
  return {
    read: (name) => model.properties[name]?.type as never,
    write: (name, value) => void written.push([name, value]),
  };
}

test("names, access modes and value types of a model are known to the compiler", () => {
  const device = open(oven);
  device.read("temperature") satisfies number;
  device.read("cycles") satisfies bigint;
  device.read("curve") satisfies readonly number[];
  device.read("door") satisfies boolean;
  device.read("phase") satisfies { readonly volts: number };
  device.write("setpoint", 60);
  device.write("heater", true);
  device.write("reset", true);
  device.write("curve", [1, 2, 3, 4]);
  assert.equal(written.length, 4);
});

test("what is no such name, access or value does not compile", () => {
  const device = open(oven);
  // @ts-expect-error no such property
  device.read("temprature");
  // @ts-expect-error WriteOnly cannot be read
  device.read("reset");
  // @ts-expect-error input registers are ReadOnly
  device.write("temperature", 5);
  // @ts-expect-error no accessMode is ReadOnly
  device.write("label", "x");
  // @ts-expect-error a number, not text
  device.write("setpoint", "60");
  // @ts-expect-error a boolean, not a number
  device.write("heater", 1);
  // @ts-expect-error an array, not a number
  device.write("curve", 1);
  // @ts-expect-error 64 bits are bigint
  device.read("cycles") satisfies number;
  // @ts-expect-error no such type
  defineModel("m", { p: { type: "int17" } });
  // @ts-expect-error no such option
  input(0, "int16", { scael: 0.1 });
  // @ts-expect-error visitors are flat
  defineModel("m", { p: { type: "int16", visitors: { at: { address: 1 } } } });
});

test("the address helpers say space, address and access", () => {
  assert.deepEqual(oven.properties.temperature, {
    ...{ scale: 0.1, unit: "Cel", deadband: { absolute: 0.5 } },
    type: "int16",
    accessMode: "ReadOnly",
    visitors: { space: "inputRegister", address: 0 },
  });
  assert.deepEqual(oven.properties.door.visitors, { space: "discreteInput", address: 4 });
});
