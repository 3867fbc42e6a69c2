import assert from "node:assert/strict";
import { test } from "node:test";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { createRegisterMapper, mixer, mixerSim, mixerValues } from "../fixtures/register-mapper.ts";
import { registerWire } from "../fixtures/register-wire.ts";
import { assertLaws, laws } from "./laws.ts";

test("ten thousand cases in less than 20 s of processor time", async () => {
  const before = process.cpuUsage();
  assertLaws(await laws(lineMapper, { model: oven, sim: ovenSim, cases: 10_000, seed: 11 }));
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1e6 < 20, `took ${(user + system) / 1e6} s`);
});

test("the laws hold for a register bus with other seeds too", async () => {
  const parts = {
    model: mixer,
    values: mixerValues,
    sim: mixerSim,
    wire: registerWire,
    unitKey: "unitId",
  };
  for (const seed of [2, 3, 4]) {
    assertLaws(await laws(createRegisterMapper(), { ...parts, cases: 2000, seed }));
  }
});
