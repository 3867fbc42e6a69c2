import assert from "node:assert/strict";
import { test } from "node:test";
import { blockMixer, blockMixerSim, createBlockMapper } from "../fixtures/block-mapper.ts";
import { createLineMutant, type LineMistake, lineMistakes } from "../fixtures/line-mutants.ts";
import { oven, ovenSim } from "../fixtures/oven.ts";
import { createRawLineMapper, type LineMutant } from "../fixtures/raw-line-mapper.ts";
import {
  createRegisterMapper,
  mixer,
  mixerSim,
  mixerValues,
  type RegisterMutant,
} from "../fixtures/register-mapper.ts";
import { registerWire } from "../fixtures/register-wire.ts";
import { type ConformOptions, conform } from "./conform.ts";

const lines = { target: "sim", model: oven, sim: ovenSim } as const;
const registers = {
  target: "sim",
  model: mixer,
  values: mixerValues,
  sim: mixerSim,
  wire: registerWire,
} as const;
const blocks = {
  target: "sim",
  model: blockMixer,
  sim: blockMixerSim,
  wire: registerWire,
} as const;

/** Each mistake, and the check that must find it. */
const caughtBy: Readonly<Record<LineMistake, string>> = {
  "an error is taken for a value": "failure-busy",
  "an error is taken for zero": "failure-busy",
  "the last value is given when there is none": "failure-silent",
  "a time-out is taken for an empty answer": "failure-silent",
  "the first value is given for ever": "read-follows",
  "two properties are taken for each other": "read-true",
  "a flag is read the wrong way round": "read-true",
  "decimals are cut off": "read-follows",
  "the sign is lost": "read-many",
  "64 bits go through a float": "read-follows",
  "texts are made upper case": "read-many",
  "a reading takes three seconds": "read-rate",
  "reading sets what was read": "read-only-reads",
  "the answer to a write is not heard": "verify-refusal",
  "a refusal is taken for success": "verify-refusal",
  "a write is made twice": "write-once",
  "a write is off by one": "write-held",
  "a write is cut to 80": "write-bounds",
  "a write sets a neighbour too": "write-alone",
  "every write says that it failed": "write-applied",
  "a second connection is left open": "connect-once",
  "nothing is ever closed": "shutdown-ends",
};
for (const mistake of lineMistakes) {
  test(`${caughtBy[mistake]} fails where ${mistake}`, () =>
    isCaught(createLineMutant(mistake), lines as unknown as ConformOptions, caughtBy[mistake]));
}

const rawLines: readonly (readonly [LineMutant, string])[] = [
  ["the first piece is taken for the answer", "timing-split-1"],
  ["the line stays open after a request was given up", "failure-late"],
  ["a write is not sent", "write-held"],
];
for (const [mutant, check] of rawLines) {
  test(`${check} fails where ${mutant}`, () =>
    isCaught(createRawLineMapper(mutant), lines as unknown as ConformOptions, check));
}

const registerMutants: readonly (readonly [RegisterMutant, string])[] = [
  ["1: a group of coils puts all bits into the first", "read-follows"],
  ["2: a group longer than the limit is asked for at once", "read-good"],
  ["3: a group of coils is taken for one byte each", "read-follows"],
  ["4: scaling is done in integers", "read-follows"],
  ["11: the list of failing units is global", "timing-neighbour"],
];
for (const [mutant, check] of registerMutants) {
  test(`${check} fails for defect ${mutant}`, () =>
    isCaught(createRegisterMapper(mutant), registers as unknown as ConformOptions, check));
}

for (const mutant of [
  "1: bits are packed from the other end",
  "3: coils are taken for one byte each",
] as const) {
  test(`read-follows fails for blocks with defect ${mutant}`, () =>
    isCaught(createBlockMapper(mutant), blocks as unknown as ConformOptions, "read-follows"));
}

async function isCaught(
  mapper: Parameters<typeof conform>[0],
  options: ConformOptions,
  check: string,
): Promise<void> {
  const { checks } = await conform(mapper, { ...options, only: [check] });
  const [found] = checks;
  assert.equal(found?.result, "failed", `${check}: ${found?.detail ?? "passed"}`);
  assert.ok(found?.detail, "a failure says what is wrong");
}
