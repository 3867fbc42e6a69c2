import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@mapperkit/runtime";
import { type Climate, RoomClimate } from "./room-climate.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function days(count: number, stepMs: number, mean = { temperatureCel: 21, humidityPercent: 45 }) {
  const room = new RoomClimate(mean, createRandom("room"));
  const samples: (Climate & { hour: number })[] = [];
  for (let nowMs = 0; nowMs < count * 24 * HOUR_MS; nowMs += stepMs) {
    samples.push({ ...room.at(nowMs), hour: Math.floor(nowMs / HOUR_MS) % 24 });
  }
  return samples;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

test("stays in the range of a lived-in room", () => {
  for (const { temperatureCel, humidityPercent } of days(30, 10 * MINUTE_MS)) {
    assert.ok(temperatureCel > 15 && temperatureCel < 27, `${temperatureCel} Cel`);
    assert.ok(humidityPercent > 25 && humidityPercent < 65, `${humidityPercent} %`);
  }
});

test("afternoons are warmer than nights", () => {
  const samples = days(30, 10 * MINUTE_MS);
  const at = (hour: number) =>
    mean(samples.filter((sample) => sample.hour === hour).map((sample) => sample.temperatureCel));
  assert.ok(at(15) - at(3) > 4, `${at(15)} at three in the afternoon, ${at(3)} at night`);
});

test("humidity falls when temperature rises", () => {
  const samples = days(10, 10 * MINUTE_MS);
  const warmth = mean(samples.map(({ temperatureCel }) => temperatureCel));
  const moisture = mean(samples.map(({ humidityPercent }) => humidityPercent));
  let product = 0;
  let squares = 0;
  let moistureSquares = 0;
  for (const { temperatureCel, humidityPercent } of samples) {
    product += (temperatureCel - warmth) * (humidityPercent - moisture);
    squares += (temperatureCel - warmth) ** 2;
    moistureSquares += (humidityPercent - moisture) ** 2;
  }
  const correlation = product / Math.sqrt(squares * moistureSquares);
  assert.ok(correlation < -0.8, `correlation ${correlation}`);
});

test("moves little from one second to the next, and yet moves", () => {
  const room = new RoomClimate({ temperatureCel: 21, humidityPercent: 45 }, createRandom("x"));
  let last = room.at(0);
  let moved = 0;
  for (let nowMs = 1000; nowMs <= HOUR_MS; nowMs += 1000) {
    const next = room.at(nowMs);
    assert.ok(Math.abs(next.temperatureCel - last.temperatureCel) < 0.25);
    if (next.temperatureCel.toFixed(2) !== last.temperatureCel.toFixed(2)) moved += 1;
    last = next;
  }
  assert.ok(moved > 1800, `moved in ${moved} of 3600 seconds`);
});

test("humidity never leaves 0 to 100 %", () => {
  for (const humidityPercent of [0, 100]) {
    for (const sample of days(5, 10 * MINUTE_MS, { temperatureCel: 21, humidityPercent })) {
      assert.ok(sample.humidityPercent >= 0 && sample.humidityPercent <= 100);
    }
  }
});
