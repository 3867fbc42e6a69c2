import assert from "node:assert/strict";
import { test } from "node:test";
import { HardwareOven } from "./testing/modbus-oven.ts";

test("a Modbus device is only read, unless something is allowed, and then only that is written", async () => {
  await using oven = await HardwareOven.serve();
  const only = ["--only", "connect-online,read,write,verify,bad-input"];
  const readOnly = await oven.conform(...only);
  assert.equal(readOnly.code, 0, readOnly.out);
  assert.deepEqual([oven.tap.writes, oven.bus.plant(1).writes], [[], []]);
  assert.ok(oven.tap.functions.length > 0);
  assert.deepEqual(
    oven.tap.functions.filter((fn) => fn > 4),
    [],
  );

  const before = oven.bus.plant(1).get("setpoint");
  const allowed = await oven.conform("--only", "write", "--allow-write", "setpoint");
  assert.equal(allowed.code, 0, allowed.out);
  assert.ok(oven.tap.writes.length > 0);
  assert.deepEqual([...new Set(oven.tap.writes.map(({ address }) => address))], [0]);
  assert.equal(oven.bus.plant(1).get("setpoint"), before, "it is put back");
});
