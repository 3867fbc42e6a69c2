import assert from "node:assert/strict";
import { test } from "node:test";
import { defineSimulator } from "@mapperkit/sim-plant";
import { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import { dialectNames, expectedOn, faultTable } from "./testing/faults/fault-table.ts";
import { Stage } from "./testing/faults/stage.ts";
import { suffer } from "./testing/faults/suffer.ts";

const kit = { SerialWire, describedDevice, defineSimulator };
/** The most unlike ones; the long tests take them all. */
const SOME = new Set([
  ...["silent", "too slow", "truncated", "garbage before an answer", "wrong address"],
  ...["error 2", "half-open connection", "restart"],
]);

for (const dialect of dialectNames) {
  for (const one of faultTable.filter(({ name }) => SOME.has(name))) {
    const expected = expectedOn(dialect, one);
    if (expected === "cannot be") {
      test(`${dialect}: ${one.name} cannot be, and is refused`, async () => {
        await using stage = await Stage.open(dialect, kit);
        assert.throws(() => stage.sick.inject(one.fault), { code: "unsupported" });
      });
    } else {
      test(`${dialect}: ${one.name} is ${expected}, and all is well after it`, async () => {
        await suffer(dialect, one, kit);
      });
    }
  }
}
