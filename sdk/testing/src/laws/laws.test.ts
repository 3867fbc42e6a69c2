import assert from "node:assert/strict";
import { test } from "node:test";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { assertLaws, laws } from "./laws.ts";

test("a sound line mapper keeps every law", async () => {
  const report = await laws(lineMapper, { model: oven, sim: ovenSim, cases: 100 });
  assertLaws(report);
  assert.deepEqual(report.skipped, []);
  assert.ok(report.passed >= 100, `passed ${report.passed}`);
});
