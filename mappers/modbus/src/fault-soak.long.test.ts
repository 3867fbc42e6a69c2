import assert from "node:assert/strict";
import { test } from "node:test";
import { serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator, type SimFault } from "@mapperkit/sim-plant";
import { expectedOn, faultTable, type WireName } from "./testing/faults/fault-table.ts";
import { CYCLE_MS, Stage } from "./testing/faults/stage.ts";

/** The wires with a check share the way of a session: fewer cycles tell as much. */
const CYCLES = { tcp: 100_000, "rtu-over-tcp": 30_000, rtu: 30_000 } as const;
const ROUNDS = 50;
/** Rounds after which the heap has what it needs. */
const WARM_ROUNDS = 10;
const MOST_GROWTH_BYTES = 8 << 20;

for (const wire of ["tcp", "rtu-over-tcp", "rtu"] as const) {
  test(`${wire}: sockets and memory are flat over ${CYCLES[wire]} cycles of faults that come and go`, async () => {
    const roundMs = (CYCLES[wire] * CYCLE_MS) / ROUNDS;
    await using stage = await Stage.open(wire, { serveBus, defineSimulator });
    await stage.clock.advance(1000);
    const heap: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const undo = stage.sick.inject(faultOf(wire, round));
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
    const growth =
      Math.min(...heap.slice(-5)) - Math.min(...heap.slice(WARM_ROUNDS, WARM_ROUNDS + 5));
    assert.ok(growth < MOST_GROWTH_BYTES, `the heap grew by ${growth} bytes`);
  });
}

function faultOf(wire: WireName, round: number): SimFault {
  const possible = faultTable.filter((one) => expectedOn(wire, one) !== "cannot be");
  return possible[round % possible.length]?.fault ?? { kind: "silent" };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
