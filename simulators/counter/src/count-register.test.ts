import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { CountRegister } from "./count-register.ts";

function newRegister(state = { on: false, periodMs: 1000, value: 0 }) {
  const clock = new VirtualClock(1_700_000_000_000);
  return { clock, register: new CountRegister(clock, state) };
}

test("counts one per period while on, and stands still while off", async () => {
  const { clock, register } = newRegister();
  await clock.advance(5000);
  assert.equal(register.value, 0);
  register.turn(true);
  await clock.advance(999);
  assert.equal(register.value, 0);
  await clock.advance(1);
  assert.equal(register.value, 1);
  await clock.advance(9500);
  assert.equal(register.value, 10);
  register.turn(false);
  await clock.advance(5000);
  assert.equal(register.value, 10);
});

test("turning on what is on does not begin the period anew", async () => {
  const { clock, register } = newRegister();
  register.turn(true);
  for (let i = 0; i < 10; i += 1) {
    await clock.advance(600);
    register.turn(true);
  }
  assert.equal(register.value, 6);
});

test("a new period holds from now on, and never takes back a count", async () => {
  const { clock, register } = newRegister();
  register.turn(true);
  await clock.advance(3000);
  register.setPeriod(100);
  assert.equal(register.value, 3);
  await clock.advance(1000);
  assert.equal(register.value, 13);
  register.setPeriod(10_000);
  assert.equal(register.value, 13);
});

test("reset begins at zero with a whole period", async () => {
  const { clock, register } = newRegister({ on: true, periodMs: 1000, value: 41 });
  await clock.advance(1900);
  assert.equal(register.value, 42);
  register.reset();
  await clock.advance(900);
  assert.equal(register.value, 0);
  await clock.advance(100);
  assert.equal(register.value, 1);
});

test("a clock that is set back does not take back a count", () => {
  let nowMs = 10_000;
  const clock = new VirtualClock();
  clock.now = () => nowMs;
  const register = new CountRegister(clock, { on: true, periodMs: 1000, value: 7 });
  nowMs = 1000;
  assert.equal(register.value, 7);
});
