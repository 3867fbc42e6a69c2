import { test } from "node:test";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { createRegisterMapper, mixer, mixerSim, mixerValues } from "../fixtures/register-mapper.ts";
import { registerWire } from "../fixtures/register-wire.ts";
import { assertLaws, laws } from "./laws.ts";

test("the laws hold over ten thousand cases of a line protocol", async () => {
  assertLaws(await laws(lineMapper, { model: oven, sim: ovenSim, cases: 10_000, seed: 11 }));
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
