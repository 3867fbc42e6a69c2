import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BlockMutant,
  blockMixer,
  blockMixerSim,
  createBlockMapper,
} from "../fixtures/block-mapper.ts";
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
import { assertLaws, lawNames, laws } from "./laws.ts";

const parts = {
  model: mixer,
  values: mixerValues,
  sim: mixerSim,
  wire: registerWire,
  unitKey: "unitId",
};

/** The one law of which a case takes minutes, if only of virtual time. */
const QUICK = lawNames.filter((law) => law !== "dead-unit");

test("a sound driver of a register bus keeps every law", async () => {
  const report = await laws(createRegisterMapper(), { ...parts, cases: 100, only: QUICK });
  assertLaws(report);
  assert.deepEqual(report.skipped, []);
});

/** Defects of peers, made anew, and the laws of which at least these must find them. */
const mutants: readonly { mutant: RegisterMutant; found: readonly string[] }[] = [
  { mutant: "1: a group of coils puts all bits into the first", found: ["read-together"] },
  { mutant: "2: a group longer than the limit is asked for at once", found: ["read-together"] },
  { mutant: "3: a group of coils is taken for one byte each", found: ["read-together"] },
  { mutant: "4: scaling is done in integers", found: ["write-then-read", "read-together"] },
  { mutant: "10: clients are cached by address alone", found: ["units-apart"] },
  { mutant: "11: the list of failing units is global", found: ["dead-unit"] },
];
for (const { mutant, found } of mutants) {
  test(`the laws find defect ${mutant}`, async () => {
    const mapper = createRegisterMapper(mutant);
    const { failed } = await laws(mapper, { ...parts, cases: 100, only: found });
    assert.deepEqual(
      failed.map(({ law }) => law),
      found,
    );
    for (const { reproduce, seed, at, law } of failed) {
      assert.equal(reproduce, `--seed ${seed} --at ${law}/${at}`);
    }
  });
}

const blocks = { model: blockMixer, sim: blockMixerSim, wire: registerWire, unitKey: "unitId" };

test("a sound driver of blocks keeps every law", async () => {
  const report = await laws(createBlockMapper(), { ...blocks, cases: 100, only: QUICK });
  assertLaws(report);
  assert.deepEqual(report.skipped, []);
});

const blockMutants: readonly { mutant: BlockMutant; found: readonly string[] }[] = [
  { mutant: "1: bits are packed from the other end", found: ["read-together"] },
  { mutant: "3: coils are taken for one byte each", found: ["read-together"] },
  { mutant: "10: blocks are asked of the first unit", found: ["units-apart"] },
];
for (const { mutant, found } of blockMutants) {
  test(`the laws find a driver of blocks with defect ${mutant}`, async () => {
    const { failed } = await laws(createBlockMapper(mutant), {
      ...blocks,
      cases: 100,
      only: found,
    });
    assert.deepEqual(
      failed.map(({ law }) => law),
      found,
    );
  });
}

const lineMutants: readonly { mutant: LineMutant; law: string }[] = [
  { mutant: "the first piece is taken for the answer", law: "split-anywhere" },
  { mutant: "the line stays open after a request was given up", law: "late-reply" },
  { mutant: "reading writes what was read", law: "read-never-writes" },
  { mutant: "a write sets the neighbour too", law: "write-touches-only" },
  { mutant: "a write is not sent", law: "write-then-read" },
  { mutant: "a number is picked out of whatever came", law: "garbage-is-no-value" },
];
for (const { mutant, law } of lineMutants) {
  test(`${law} finds a driver where ${mutant}`, async () => {
    const mapper = createRawLineMapper(mutant);
    const { failed } = await laws(mapper, { model: oven, sim: ovenSim, cases: 100, only: [law] });
    assert.deepEqual(
      failed.map((failure) => failure.law),
      [law],
    );
  });
}

test("a failure is made small, and its line repeats it", async () => {
  const mapper = createRegisterMapper("1: a group of coils puts all bits into the first");
  const { failed } = await laws(mapper, { ...parts, cases: 100, seed: 9, only: ["read-together"] });
  const [first] = failed;
  assert.ok(first);
  const entries = Object.entries(first.minimal as Record<string, unknown>);
  assert.equal(entries.length, 1, "one coil is enough to show it");
  const at = `${first.law}/${first.at}`;
  const again = await laws(mapper, { ...parts, seed: 9, at });
  assert.deepEqual(again.failed, failed);
  assert.throws(() => assertLaws(again), {
    message:
      /read-together: .*\n {2}smallest case: .*\n {2}again: --seed 9 --at read-together\/\d+$/,
  });
});

test("a law or a case that is none is refused", async () => {
  const mapper = createRegisterMapper();
  for (const wrong of [{ at: "gravity/1" }, { at: "read-together" }, { only: ["gravity"] }]) {
    await assert.rejects(laws(mapper, { ...parts, ...wrong }), { code: "invalid_input" });
  }
});
