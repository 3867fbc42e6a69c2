import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InOrder } from "./in-order.ts";

test("whatever is ready first, the end comes in the order of the beginning", () => {
  const order = fc.nat(12).chain((count) => {
    const all = Array.from({ length: count }, (_, n) => n);
    const slow = fc.array(fc.boolean(), { minLength: count, maxLength: count });
    return fc.tuple(fc.shuffledSubarray(all, { minLength: count }), slow);
  });
  fc.assert(
    fc.property(order, ([ready, isSlow]) => {
      const turns = new InOrder();
      const ends = ready.map(() => turns.begin());
      const done: number[] = [];
      const waiting: (() => void)[] = [];
      for (const n of ready) {
        ends[n]?.((next) => {
          done.push(n);
          if (isSlow[n]) waiting.push(next);
          else next();
        });
      }
      for (let next = waiting.shift(); next; next = waiting.shift()) next();
      assert.deepEqual(
        done,
        ready.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("a hundred thousand that are ready at once do not fill the stack", () => {
  const turns = new InOrder();
  const first = turns.begin();
  let count = 0;
  for (let n = 0; n < 100_000; n += 1) {
    turns.begin()((next) => {
      count += 1;
      next();
    });
  }
  first((next) => next());
  assert.equal(count, 100_000);
});
