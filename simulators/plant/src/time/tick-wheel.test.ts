import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { TickWheel } from "./tick-wheel.ts";

test("each device ticks once in its period, at a phase of its own", async () => {
  const clock = new VirtualClock(1000);
  const wheel = new TickWheel(clock);
  const ticks = Array.from({ length: 200 }, () => 0);
  const stops = ticks.map((_, i) => wheel.add(1000, () => (ticks[i] = (ticks[i] ?? 0) + 1)));
  await clock.advance(500);
  assert.equal(ticks.filter((count) => count === 1).length, 100);
  await clock.advance(9500);
  assert.deepEqual([...new Set(ticks)], [10]);
  for (const stop of stops.slice(1)) stop();
  await clock.advance(1000);
  assert.deepEqual([ticks[0], ticks[1]], [11, 10]);
  stops[0]?.();
  stops[0]?.();
  await clock.advance(1000);
  assert.equal(ticks[0], 11);
});

test("periods do not disturb each other", async () => {
  const clock = new VirtualClock(0);
  const wheel = new TickWheel(clock);
  const counts = { fast: 0, slow: 0 };
  wheel.add(100, () => (counts.fast += 1));
  wheel.add(2000, () => (counts.slow += 1));
  await clock.advance(4000);
  assert.deepEqual(counts, { fast: 40, slow: 2 });
});
