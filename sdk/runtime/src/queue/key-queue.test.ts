import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { createRandom } from "../chance/seeded-random.ts";
import { MemoryLog } from "../log/memory-log.ts";
import { silentLog } from "../log/silent-log.ts";
import { RealClock } from "../time/real-clock.ts";
import { VirtualClock } from "../time/virtual-clock.ts";
import { KeyQueue, type KeyQueueOptions } from "./key-queue.ts";

const never = new AbortController().signal;

async function started(
  reconcile: KeyQueueOptions["reconcile"],
  options: Partial<KeyQueueOptions> = {},
) {
  const clock = new VirtualClock();
  const log = new MemoryLog();
  const queue = new KeyQueue({
    name: "devices",
    reconcile,
    clock,
    log,
    random: createRandom(1),
    ...options,
  });
  await queue.start(never);
  return { queue, clock, log };
}

test("works keys in the order they came and merges equal ones", async () => {
  const worked: string[] = [];
  const { queue, clock } = await started(async (key) => void worked.push(key), { concurrency: 1 });
  // The first is taken at once; it may have read the state already when its key comes again.
  for (const key of ["first", "b", "a", "c", "b", "a"]) queue.add(key);
  await clock.advance(0);
  assert.deepEqual(worked, ["first", "b", "a", "c"]);
});

test("keys added before the start are worked after it", async () => {
  const worked: string[] = [];
  const clock = new VirtualClock();
  const queue = new KeyQueue({
    name: "q",
    reconcile: async (key) => void worked.push(key),
    clock,
    random: createRandom(1),
    log: new MemoryLog(),
  });
  queue.add("a");
  queue.add("a");
  await clock.advance(0);
  assert.deepEqual(worked, []);
  await queue.start(never);
  await clock.advance(0);
  assert.deepEqual(worked, ["a"]);
});

test("a reconcile begins after add() has returned", async () => {
  let begun = false;
  const { queue, clock } = await started(async () => {
    begun = true;
  });
  queue.add("a");
  assert.equal(begun, false);
  await clock.advance(0);
  assert.equal(begun, true);
});

test("an add during the work brings one more run, however many they were", async () => {
  let runs = 0;
  const { queue, clock } = await started(async () => {
    runs += 1;
    if (runs === 1) for (let i = 0; i < 5; i += 1) queue.add("a");
  });
  queue.add("a");
  await clock.advance(0);
  assert.equal(runs, 2);
});

test("no more keys than the concurrency are worked at a time", async () => {
  let working = 0;
  let most = 0;
  const { queue, clock } = await started(
    async () => {
      working += 1;
      most = Math.max(most, working);
      await clock.sleep(10);
      working -= 1;
    },
    { concurrency: 3 },
  );
  for (let i = 0; i < 10; i += 1) queue.add(String(i));
  await clock.advance(100);
  assert.equal(most, 3);
  assert.equal(working, 0);
});

test("an outcome brings the key back after its time", async () => {
  const at: number[] = [];
  const { queue, clock } = await started(async () => {
    at.push(clock.now());
    return at.length < 3 ? { requeueAfterMs: 100 } : undefined;
  });
  queue.add("a");
  await clock.advance(1000);
  assert.deepEqual(at, [0, 100, 200]);
});

test("addAfter: the earliest of several counts, and each key has its own time", async () => {
  const at: string[] = [];
  const { queue, clock } = await started(async (key) => void at.push(`${key} ${clock.now()}`));
  queue.addAfter("late", 500);
  queue.addAfter("a", 300);
  queue.addAfter("a", 100);
  queue.addAfter("a", 200);
  queue.addAfter("soon", 0);
  await clock.advance(1000);
  assert.deepEqual(at, ["soon 0", "a 100", "late 500"]);
});

test("a key that throws comes back with growing delays of its own, others are not held", async () => {
  const at: number[] = [];
  let others = 0;
  const { queue, clock, log } = await started(
    async (key) => {
      if (key === "other") {
        others += 1;
        return undefined;
      }
      at.push(clock.now());
      if (at.length < 6) throw new Error("API is down");
      return undefined;
    },
    { backoff: { initialMs: 100, maxMs: 400 }, concurrency: 1 },
  );
  queue.add("bad");
  queue.add("other");
  await clock.advance(0);
  assert.equal(others, 1);
  await clock.advance(10_000);
  assert.equal(at.length, 6);
  const delays = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
  delays.forEach((delayMs, index) => {
    assert.ok(delayMs >= 1 && delayMs <= Math.min(400, 100 * 2 ** index), `${delays}`);
  });
  assert.equal(log.entries.length, 5);
  assert.deepEqual(log.entries[0]?.message, "reconcile failed");
  assert.equal(log.entries[0]?.fields.key, "bad");
  assert.equal(log.entries[0]?.fields.component, "devices");
});

test("a success forgets the back-off", async () => {
  let failing = true;
  let runs = 0;
  const { queue, clock, log } = await started(
    async () => {
      runs += 1;
      if (failing) throw new Error("down");
      return undefined;
    },
    { backoff: { initialMs: 10, maxMs: 100_000 } },
  );
  queue.add("a");
  await clock.advance(100_000);
  failing = false;
  await clock.advance(200_000);
  const before = runs;
  failing = true;
  log.entries.length = 0;
  queue.add("a");
  await clock.advance(0);
  assert.equal(runs, before + 1);
  assert.ok(Number(log.entries[0]?.fields.retryInMs) <= 10);
});

test("news about a key in back-off is looked at at once, and its old retry is dropped", async () => {
  const at: number[] = [];
  const { queue, clock } = await started(
    async () => {
      at.push(clock.now());
      if (at.length === 1) throw new Error("down");
      return undefined;
    },
    { backoff: { initialMs: 10_000, maxMs: 10_000 } },
  );
  queue.add("a");
  await clock.advance(1);
  queue.add("a");
  await clock.advance(100_000);
  assert.deepEqual(at, [0, 1]);
});

for (const code of ["invalid_input", "unsupported", "rejected"] as const) {
  test(`an error that no retry cures (${code}) is logged and waits for the next add`, async () => {
    let runs = 0;
    const { queue, clock, log } = await started(async () => {
      runs += 1;
      throw new MapperkitError(code, "never");
    });
    queue.add("a");
    await clock.advance(1_000_000);
    assert.equal(runs, 1);
    assert.equal(log.entries[0]?.level, "error");
    queue.add("a");
    await clock.advance(0);
    assert.equal(runs, 2);
  });
}

test("a reconcile that throws before its first await is caught as well", async () => {
  const { queue, clock, log } = await started((() => {
    throw new MapperkitError("rejected", "at once");
  }) as KeyQueueOptions["reconcile"]);
  queue.add("a");
  await clock.advance(0);
  assert.equal(log.entries.length, 1);
});

test("stop() aborts the signal, waits for what runs, and forgets what waits", async () => {
  const journal: string[] = [];
  const { queue, clock, log } = await started(
    (key, signal) =>
      new Promise((_, reject) => {
        journal.push(`begin ${key}`);
        signal.addEventListener("abort", () => {
          setImmediate(() => {
            journal.push(`end ${key}`);
            reject(signal.reason);
          });
        });
      }),
    { concurrency: 1 },
  );
  queue.add("a");
  queue.add("b");
  queue.addAfter("c", 10);
  await clock.advance(0);
  await Promise.all([queue.stop(), queue.stop()]);
  assert.deepEqual(journal, ["begin a", "end a"]);
  queue.add("d");
  queue.addAfter("e", 0);
  await clock.advance(1000);
  assert.deepEqual(journal, ["begin a", "end a"]);
  assert.deepEqual(log.entries, []);
  await queue.stop();
});

test("a wall clock that is set back holds nothing up", async (t) => {
  const clock = new RealClock();
  const wall = t.mock.method(Date, "now");
  let runs = 0;
  const queue = new KeyQueue({
    name: "test",
    reconcile: async () => {
      runs += 1;
      if (runs === 2) wall.mock.mockImplementation(() => 1_000);
      return { requeueAfterMs: 5 };
    },
    clock,
    random: createRandom(1),
    log: silentLog,
  });
  await queue.start(new AbortController().signal);
  queue.add("key");
  while (runs < 5) await clock.sleep(2);
  await queue.stop();
});
