import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../chance/seeded-random.ts";
import { silentLog } from "../log/silent-log.ts";
import { VirtualClock } from "../time/virtual-clock.ts";
import { KeyQueue } from "./key-queue.ts";

const key = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), key }),
  fc.record({ kind: fc.constant("addAfter" as const), key, ms: fc.nat(50) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(30) }),
);
/** What the n-th reconcile does: how long it takes, and how it ends. */
const run = fc.record({
  takesMs: fc.nat(15),
  end: fc.constantFrom("done", "throw", "requeue"),
});

test("never two reconciles of one key at a time, and each add is followed by one that began after it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(run, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, runs, concurrency) => {
        const clock = new VirtualClock();
        /** A logical time: every add and every begin is one later than what was before. */
        let moment = 0;
        const lastAdd = new Map<string, number>();
        const lastBegin = new Map<string, number>();
        const working = new Set<string>();
        let runCount = 0;
        const queue = new KeyQueue({
          name: "q",
          concurrency,
          clock,
          log: silentLog,
          random: createRandom(1),
          backoff: { initialMs: 5, maxMs: 20 },
          async reconcile(key) {
            assert.ok(!working.has(key), `${key} is worked twice at a time`);
            assert.ok(working.size < concurrency, "more than the concurrency");
            working.add(key);
            moment += 1;
            lastBegin.set(key, moment);
            // After the script every run succeeds, so that the queue comes to rest.
            const { takesMs, end } = runs[runCount++] ?? { takesMs: 0, end: "done" };
            if (takesMs > 0) await clock.sleep(takesMs);
            working.delete(key);
            if (end === "throw") throw new Error("scripted");
            return end === "requeue" ? { requeueAfterMs: takesMs } : undefined;
          },
        });
        await queue.start(new AbortController().signal);
        for (const step of steps) {
          if (step.kind === "wait") {
            await clock.advance(step.ms);
            continue;
          }
          moment += 1;
          lastAdd.set(step.key, moment);
          if (step.kind === "add") queue.add(step.key);
          else queue.addAfter(step.key, step.ms);
        }
        await clock.advance(10_000);
        for (const [key, added] of lastAdd) {
          assert.ok((lastBegin.get(key) ?? 0) > added, `${key} was forgotten`);
        }
        assert.equal(working.size, 0);
        await queue.stop();
      },
    ),
    { numRuns: 200 },
  );
});
