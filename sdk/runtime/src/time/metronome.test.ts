import assert from "node:assert/strict";
import { test } from "node:test";
import { Metronome } from "./metronome.ts";

test("a late beat is not made up for, and the next is on time again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1050 });
  const beats: number[] = [];
  const stop = new Metronome(100, () => {}).add(() => beats.push(Date.now()));
  t.mock.timers.tick(50);
  // The process was busy for 270 ms: the timer fires once, late.
  t.mock.timers.setTime(1370);
  t.mock.timers.tick(30);
  t.mock.timers.tick(100);
  stop();
  assert.deepEqual(beats.slice(-2), [1400, 1500]);
});

test("a clock that is set back does not silence it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 10_000_050;
  t.mock.method(Date, "now", () => now);
  let beats = 0;
  const stop = new Metronome(100, () => {}).add(() => {
    beats += 1;
  });
  now = 5_000_000;
  t.mock.timers.tick(50);
  now = 5_000_100;
  t.mock.timers.tick(100);
  stop();
  assert.equal(beats, 2);
});

test("waits on when the timer fires a little early", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 50;
  t.mock.method(Date, "now", () => now);
  const beats: number[] = [];
  const stop = new Metronome(100, () => {}).add(() => beats.push(now));
  now = 99;
  t.mock.timers.tick(50);
  assert.deepEqual(beats, []);
  now = 100;
  t.mock.timers.tick(1);
  stop();
  assert.deepEqual(beats, [100]);
});

test("tells when its last user has left", () => {
  let idle = 0;
  const metronome = new Metronome(1000, () => {
    idle += 1;
  });
  const stops = [metronome.add(() => {}), metronome.add(() => {})];
  for (const stop of stops) stop();
  assert.equal(idle, 1);
});
