import assert from "node:assert/strict";
import { test } from "node:test";
import { serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator } from "@mapperkit/sim-plant";
import { expectedOn, faultTable, wireNames } from "./testing/faults/fault-table.ts";
import { Stage } from "./testing/faults/stage.ts";
import { suffer } from "./testing/faults/suffer.ts";

const kit = { serveBus, defineSimulator };

for (const wire of wireNames) {
  for (const one of faultTable) {
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
