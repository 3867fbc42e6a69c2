import assert from "node:assert/strict";
import { test } from "node:test";
import { blockMixer, blockMixerSim, createBlockMapper } from "../fixtures/block-mapper.ts";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { registerWire } from "../fixtures/register-wire.ts";
import { assertConforms, checkIds, conform } from "./conform.ts";

test("a sound line mapper passes every check", async () => {
  const report = await conform(lineMapper, { target: "sim", model: oven, sim: ovenSim });
  assertConforms(report);
  assert.deepEqual([report.passed, report.skipped], [checkIds.length, 0]);
});

test("a sound driver of blocks passes every check", async () => {
  const parts = { model: blockMixer, sim: blockMixerSim, wire: registerWire };
  const report = await conform(createBlockMapper(), { target: "sim", ...parts });
  assertConforms(report);
});

test("options that name nothing are refused", async () => {
  const parts = { target: "sim", model: oven, sim: ovenSim } as const;
  for (const wrong of [{ only: ["gravity"] }, { allowWrite: ["temperature" as const] }]) {
    await assert.rejects(conform(lineMapper, { ...parts, ...wrong }), { code: "invalid_input" });
  }
  await assert.rejects(conform(lineMapper, { target: "sim", model: oven }), {
    code: "invalid_input",
    message: /sim is missing/,
  });
});

test("the report is plain data with one entry for each check", async () => {
  const parts = { target: "sim", model: oven, sim: ovenSim, only: ["connect"] } as const;
  const report = JSON.parse(JSON.stringify(await conform(lineMapper, parts)));
  assert.deepEqual([report.mapper, report.target, report.failed], ["oven-lines", "sim", 0]);
  assert.deepEqual(Object.keys(report.checks[0]), ["id", "group", "claim", "result"]);
});
