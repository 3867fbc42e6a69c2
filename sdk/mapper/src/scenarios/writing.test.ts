import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { defineMapper } from "../definition/define-mapper.ts";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";

const LAMP = "default/lamp";
const phaseOf = (twin: MsgTwin | undefined) => twin?.outcome?.phase;

test("writes desired once, and says Applied with its generation", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(5000);
  assert.deepEqual(device.writes, ["power ON"]);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.equal(outcome?.phase, "Applied");
  assert.equal(outcome?.generation, 2);
  assert.equal(outcome?.reason, "Acknowledged");
});

test("an equal value of a newer generation is not written but told; an older generation is ignored", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 5);
  await clock.advance(100);
  link.setDesired(LAMP, "power", "ON", 6);
  await clock.advance(100);
  assert.equal(link.twin(LAMP, "power")?.outcome?.generation, 6);
  link.setDesired(LAMP, "power", "OFF", 4);
  await clock.advance(1000);
  assert.deepEqual(device.writes, ["power ON"]);
});

test("a lower generation that the edge took later, as after a restored backup, is written", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 5, 1_000);
  await clock.advance(100);
  link.setDesired(LAMP, "power", "OFF", 4, 900);
  await clock.advance(100);
  assert.deepEqual(device.writes, ["power ON"]);
  link.setDesired(LAMP, "power", "OFF", 4, 2_000);
  await clock.advance(100);
  assert.deepEqual(device.writes, ["power ON", "power OFF"]);
});

test("a desired value without generation is an edit at the edge and is written", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 5);
  await clock.advance(100);
  link.setDesired(LAMP, "power", "OFF");
  await clock.advance(100);
  assert.deepEqual(device.writes, ["power ON", "power OFF"]);
});

test("nothing is written at start without a desired value, nor for an empty one", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  link.setDesired(LAMP, "power", "", 1);
  await world.startMapper();
  await clock.advance(3000);
  assert.deepEqual(device.writes, []);
  assert.equal(link.twin(LAMP, "power")?.outcome, undefined);
});

const forbidden = [
  { property: "heat", value: "20", reason: "ReadOnlyProperty" },
  { property: "level", value: "101", reason: "OutOfRange" },
  { property: "level", value: "bright", reason: "WrongType" },
];
for (const { property, value, reason } of forbidden) {
  test(`desired ${property}=${value} never reaches the device: ${reason}`, async () => {
    const properties = [{ name: "heat" }, { name: "level" }];
    const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
    await using _ = world;
    await world.startMapper();
    link.setDesired(LAMP, property, value, 2);
    await clock.advance(2000);
    assert.deepEqual(device.writes, []);
    const { outcome } = link.twin(LAMP, property) ?? {};
    assert.equal(outcome?.phase, "Rejected");
    assert.equal(outcome?.reason, reason);
    assert.match(outcome?.message ?? "", new RegExp(property));
  });
}

test("the device's refusal is final and carries its words; the next value is written", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  device.override = (command) => (command === "power BLINK" ? "ERR no such mode" : undefined);
  await world.startMapper();
  link.setDesired(LAMP, "power", "BLINK", 2);
  await clock.advance(60_000);
  assert.deepEqual(device.writes, ["power BLINK"]);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual(
    [outcome?.phase, outcome?.reason, outcome?.message],
    ["Rejected", "Refused", "ERR no such mode"],
  );
  link.setDesired(LAMP, "power", "ON", 3);
  await clock.advance(100);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("a failed write is tried again with back-off while it is desired, and polling goes on", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  device.override = (command) => (command === "power ON" ? "BUSY" : undefined);
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(20_000);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Pending");
  assert.match(link.twin(LAMP, "power")?.outcome?.message ?? "", /BUSY/);
  assert.ok(device.writes.length > 3 && device.writes.length < 40, `${device.writes.length}`);
  assert.ok(device.received.filter((c) => c === "power?").length >= 19);
  device.override = () => undefined;
  await clock.advance(30_000);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("read-back that never shows the value is Diverged, and Applied once it does", async () => {
  const properties = [
    { name: "level", visitors: { configData: { verify: "readback", verifyWithinMs: 1000 } } },
  ];
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  device.override = (command) => (command === "level?" ? "7" : undefined);
  await world.startMapper();
  link.setDesired(LAMP, "level", "50", 2);
  await clock.advance(500);
  assert.equal(phaseOf(link.twin(LAMP, "level")), "Pending");
  await clock.advance(1500);
  const { outcome } = link.twin(LAMP, "level") ?? {};
  assert.equal(outcome?.phase, "Diverged");
  assert.match(outcome?.message ?? "", /level was set to 50, but the device shows 7/);
  device.override = () => undefined;
  await clock.advance(1100);
  assert.equal(phaseOf(link.twin(LAMP, "level")), "Applied");
  assert.deepEqual(device.writes, ["level 50"]);
});

test("verify none says Applied, Unverified", async () => {
  const properties = [{ name: "power", visitors: { configData: { verify: "none" } } }];
  const { world, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(100);
  assert.equal(link.twin(LAMP, "power")?.outcome?.reason, "Unverified");
});

test("a restarted mapper leaves alone what was Applied, and writes what changed meanwhile", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  await world.stopMapper();
  const before = link.reports.length;
  await world.startMapper();
  await clock.advance(3000);
  assert.deepEqual(device.writes, ["power ON"]);
  const outcomes = link.reports.slice(before).filter(({ twin }) => twin.power?.outcome);
  assert.deepEqual(outcomes, [], "an outcome that the edge holds is not said again");
  await world.stopMapper();
  link.setDesired(LAMP, "power", "OFF", 3);
  await world.startMapper();
  await clock.advance(3000);
  assert.deepEqual(device.writes, ["power ON", "power OFF"]);
});

test("a mapper that cannot write rejects desired values", async () => {
  const reader = defineMapper({ protocol: "line", connect: async () => 1, read: async () => "1" });
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper(reader);
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(100);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Rejected", "NotSupported"]);
});

test("on an edge that keeps no outcomes, a restarted mapper looks before it writes", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  device.values.set("power", "ON");
  await link.report(LAMP, { power: { actual: { value: "ON" } } });
  link.setDesired(LAMP, "power", "ON", 2);
  await world.startMapper();
  await clock.advance(100);
  assert.deepEqual(device.writes, []);
  assert.equal(link.twin(LAMP, "power")?.outcome?.reason, "ReadBack");
});
