import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defineSimulator, type SimFault } from "@mapperkit/sim-plant";
import { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import {
  type DialectName,
  dialectNames,
  expectedOn,
  faultTable,
} from "./testing/faults/fault-table.ts";
import { CYCLE_MS, Stage } from "./testing/faults/stage.ts";

const kit = { SerialWire, describedDevice, defineSimulator };
/** Frames share the way of a session: fewer cycles tell as much. */
const CYCLES = { lines: 100_000, frames: 54_000 } as const;
const ROUNDS = 27;
/** Rounds after which the heap has what it needs. */
const WARM_ROUNDS = 10;
/** Tables that grow and shrink lift the heap by 3 MB in some rounds; in so many one is without. */
const COMPARED_ROUNDS = 5;
/** 40 bytes a cycle at most: less than the smallest thing that a cycle could leave behind. */
const MOST_GROWTH_BYTES = 2 << 20;

setFlagsFromString("--expose-gc");
/** Without it the heap tells what was made since some moment, not what is kept. */
const collectGarbage = runInNewContext("gc") as () => void;

for (const dialect of dialectNames) {
  test(`${dialect}: sockets and memory are flat over ${CYCLES[dialect]} cycles of faults that come and go`, async () => {
    const roundMs = (CYCLES[dialect] * CYCLE_MS) / ROUNDS;
    await using stage = await Stage.open(dialect, kit);
    await stage.clock.advance(1000);
    const heap: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const undo = stage.sick.inject(faultOf(dialect, round));
      await stage.clock.advance(roundMs / 2);
      undo();
      await stage.clock.advance(roundMs / 2);
      assert.ok(stage.connections <= 1, `${stage.connections} connections in round ${round}`);
      assert.ok(stage.isGood(1) && stage.isGood(2), `not well in round ${round}`);
      // What the test itself keeps is not the mapper's.
      stage.reports.length = 0;
      stage.link.reports.length = 0;
      heap.push(heapBytes());
    }
    const [first, last] = [WARM_ROUNDS, ROUNDS - COMPARED_ROUNDS].map((from) =>
      Math.min(...heap.slice(from, from + COMPARED_ROUNDS)),
    );
    const growth = (last ?? 0) - (first ?? 0);
    assert.ok(growth < MOST_GROWTH_BYTES, `the heap grew by ${growth} bytes`);
  });
}

function faultOf(dialect: DialectName, round: number): SimFault {
  const possible = faultTable.filter((one) => expectedOn(dialect, one) !== "cannot be");
  return possible[round % possible.length]?.fault ?? { kind: "silent" };
}

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
