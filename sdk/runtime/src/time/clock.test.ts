import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "./clock.ts";
import { RealClock } from "./real-clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Both clocks keep the port's promises; `pass` lets time go by. */
const clocks: { name: string; clock: Clock; pass: (ms: number) => Promise<void> }[] = [];
const real = new RealClock();
clocks.push({ name: "real", clock: real, pass: (ms) => real.sleep(ms) });
const virtual = new VirtualClock(1_700_000_000_123);
clocks.push({ name: "virtual", clock: virtual, pass: (ms) => virtual.advance(ms) });

for (const { name, clock, pass } of clocks) {
  test(`${name} clock: sleep ends after its time`, async () => {
    const startMs = clock.now();
    let wokenMs = 0;
    const sleeping = clock.sleep(10).then(() => {
      wokenMs = clock.now();
    });
    await pass(30);
    await sleeping;
    assert.ok(wokenMs - startMs >= 9, `slept ${wokenMs - startMs} ms`);
  });

  test(`${name} clock: sleep rejects with the signal's reason, before and during`, async () => {
    const reason = new Error("enough");
    await assert.rejects(clock.sleep(1_000_000, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const sleeping = assert.rejects(clock.sleep(1_000_000, controller.signal), reason);
    controller.abort(reason);
    await sleeping;
  });

  test(`${name} clock: timeout aborts with a MapperkitError timed_out`, async () => {
    const signal = clock.timeout(5);
    assert.equal(signal.aborted, false);
    await pass(30);
    assert.ok(signal.reason instanceof MapperkitError);
    assert.equal(signal.reason.code, "timed_out");
  });

  test(`${name} clock: every is aligned to multiples and never drifts`, async () => {
    const beats: number[] = [];
    const stop = clock.every(20, () => beats.push(clock.now()));
    await pass(130);
    stop();
    const { length } = beats;
    await pass(30);
    assert.equal(beats.length, length, "no beat after it was stopped");
    assert.ok(length >= 2, `${length} beats`);
    const slots = beats.map((atMs) => Math.floor(atMs / 20));
    assert.equal(new Set(slots).size, slots.length, "one beat per multiple");
  });

  test(`${name} clock: every refuses periods that no timer can keep`, () => {
    for (const periodMs of [0, -1, Number.NaN, 2 ** 31]) {
      assert.throws(() => clock.every(periodMs, () => {}), { code: "invalid_input" });
    }
  });
}

test("real clock: users of one period share a timer, and each stops alone", async () => {
  const clock = new RealClock();
  let first = 0;
  let second = 0;
  const stopFirst = clock.every(5, () => {
    first += 1;
    stopFirst();
  });
  const stopSecond = clock.every(5, () => {
    second += 1;
  });
  while (second < 3) await clock.sleep(5);
  stopSecond();
  stopSecond();
  assert.equal(first, 1);
});

test("virtual clock: timers fire in order of their time, each at its own time", async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  for (const ms of [30, 10, 20, 10]) {
    void clock.sleep(ms).then(() => fired.push(`${ms} at ${clock.now()}`));
  }
  await clock.advance(25);
  assert.deepEqual(fired, ["10 at 10", "10 at 10", "20 at 20"]);
  assert.equal(clock.now(), 25);
});

test("virtual clock: promises settle between timers, so a chain of sleeps keeps its times", async () => {
  const clock = new VirtualClock();
  const at: number[] = [];
  const chain = (async () => {
    for (let i = 0; i < 3; i += 1) {
      await clock.sleep(10);
      await Promise.resolve();
      at.push(clock.now());
    }
  })();
  await clock.advance(100);
  await chain;
  assert.deepEqual(at, [10, 20, 30]);
});

test("virtual clock: what a woken promise cancels does not fire at the same instant", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  void clock.sleep(10).then(() => controller.abort(new Error("cancelled")));
  await Promise.all([
    assert.rejects(clock.sleep(10, controller.signal), /cancelled/),
    clock.advance(10),
  ]);
});

test("virtual clock: a day of seconds passes quickly and in full", async () => {
  const clock = new VirtualClock();
  let beats = 0;
  clock.every(1000, () => {
    beats += 1;
  });
  await clock.advance(3_600_000);
  assert.equal(beats, 3600);
});

test("virtual clock: advance() inside an advance is refused instead of hanging", async () => {
  const clock = new VirtualClock();
  const inner = clock.sleep(1).then(() => assert.rejects(clock.advance(1), { code: "conflict" }));
  await clock.advance(2);
  await inner;
});

test("virtual clock: an error thrown by periodic work reaches the test, the beat goes on", async () => {
  const clock = new VirtualClock();
  let beats = 0;
  clock.every(10, () => {
    beats += 1;
    if (beats === 1) throw new Error("bug");
  });
  await assert.rejects(clock.advance(10), /bug/);
  await clock.advance(10);
  assert.equal(beats, 2);
});
