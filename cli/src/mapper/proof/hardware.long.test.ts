import assert from "node:assert/strict";
import { test } from "node:test";
import { HardwareOven } from "./testing/modbus-oven.ts";

test("all checks on a Modbus device that may not be written: not one request writes", async () => {
  await using oven = await HardwareOven.serve();
  const { code, out } = await oven.conform();
  assert.equal(code, 0, out);
  const { passed, failed } = JSON.parse(out).conform;
  assert.equal(failed, 0);
  assert.ok(passed >= 10, `${passed} checks could be done without writing`);
  assert.deepEqual([oven.tap.writes, oven.bus.plant(1).writes], [[], []]);
});
