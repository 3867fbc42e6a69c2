import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DeadlineQueue } from "./deadline-queue.ts";

test("gives items by time, equal times in the order they came", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(20), (times, nowMs) => {
      const queue = new DeadlineQueue<number>();
      times.forEach((dueMs, index) => {
        queue.push(dueMs, index);
      });
      const taken: { dueMs: number; item: number }[] = [];
      for (let due = queue.takeDue(nowMs); due; due = queue.takeDue(nowMs)) {
        taken.push({ dueMs: due.dueMs, item: due.item });
      }
      const expected = times
        .map((dueMs, item) => ({ dueMs, item }))
        .filter(({ dueMs }) => dueMs <= nowMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.item - b.item);
      assert.deepEqual(taken, expected);
      assert.equal(queue.size, times.length - expected.length);
    }),
  );
});
