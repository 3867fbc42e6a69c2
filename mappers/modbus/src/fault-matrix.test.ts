import assert from "node:assert/strict";
import { test } from "node:test";
import { serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator } from "@mapperkit/sim-plant";
import { expectedOn, faultTable, wireNames } from "./testing/faults/fault-table.ts";
import { Stage } from "./testing/faults/stage.ts";
import { suffer } from "./testing/faults/suffer.ts";

const kit = { serveBus, defineSimulator };
/** The most unlike ones; the long tests take them all. */
const SOME = new Set([
  ...["silent", "too slow", "truncated", "garbage before a frame", "wrong unit"],
  ...["exception 2", "half-open connection", "restart"],
]);

for (const wire of wireNames) {
  for (const one of faultTable.filter(({ name }) => SOME.has(name))) {
    const expected = expectedOn(wire, one);
    if (expected === "cannot be") {
      test(`${wire}: ${one.name} cannot be, and is refused`, async () => {
        await using stage = await Stage.open(wire, kit);
        assert.throws(() => stage.sick.inject(one.fault), { code: "unsupported" });
      });
    } else {
      test(`${wire}: ${one.name} is ${expected}, and all is well after it`, async () => {
        await suffer(wire, one, kit);
      });
    }
  }
}
