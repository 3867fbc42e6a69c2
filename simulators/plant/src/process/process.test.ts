import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@mapperkit/runtime";
import { dailyCycle } from "./daily-cycle.ts";
import { Drift } from "./drift.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const newDrift = (seed: number) =>
  new Drift({
    standardDeviation: 2,
    relaxationMs: 10 * MINUTE_MS,
    random: createRandom(seed),
  });

const spread = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

test("a drift is the same for the same seed and times, and twice at the same time", () => {
  const [one, other] = [newDrift(1), newDrift(1)];
  for (const nowMs of [0, 1000, 60_000]) assert.equal(one.at(nowMs), other.at(nowMs));
  assert.equal(one.at(60_000), one.at(60_000));
  assert.notEqual(newDrift(2).at(0), newDrift(3).at(0));
});

test("a drift moves little in a second and forgets in an hour", () => {
  const drift = newDrift(4);
  const steps: number[] = [];
  for (let nowMs = 0, last = drift.at(0); nowMs < HOUR_MS; nowMs += 1000) {
    const next = drift.at(nowMs);
    steps.push(next - last);
    last = next;
  }
  // 2 × √(2 × 1 s ⁄ 600 s) = 0.115 per second.
  const perSecond = spread(steps);
  assert.ok(perSecond > 0.1 && perSecond < 0.13, `${perSecond} per second`);

  const pairs = Array.from({ length: 2000 }, (_, seed) => {
    const drift = newDrift(seed);
    return drift.at(0) * drift.at(HOUR_MS);
  });
  const correlation = pairs.reduce((sum, product) => sum + product, 0) / pairs.length / 4;
  assert.ok(Math.abs(correlation) < 0.1, `correlation ${correlation}`);
});

test("a drift settles into its spread whatever the steps are", () => {
  for (const stepMs of [MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]) {
    const drift = newDrift(5);
    const values = Array.from({ length: 20_000 }, (_, index) => drift.at(index * stepMs));
    const actual = spread(values);
    assert.ok(actual > 1.7 && actual < 2.3, `${actual} with steps of ${stepMs} ms`);
  }
});

test("a clock that is set back does not break a drift", () => {
  const drift = newDrift(6);
  const value = drift.at(HOUR_MS);
  assert.equal(drift.at(0), value);
  assert.notEqual(drift.at(HOUR_MS), value);
});

test("a day is warmest at three in the afternoon and coldest at three in the night", () => {
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, expected ${expected}`);
  near(dailyCycle(15 * HOUR_MS, 2.5), 2.5);
  near(dailyCycle(3 * HOUR_MS, 2.5), -2.5);
  near(dailyCycle(9 * HOUR_MS, 2.5), 0);
  near(dailyCycle(20_000 * 24 * HOUR_MS + 15 * HOUR_MS, 1), 1);
});
