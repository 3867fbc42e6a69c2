import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { LineDevice } from "../fixtures/line-device.ts";
import { announceLamp, lineMapper } from "../fixtures/line-mapper.ts";

const LAMP = "default/lamp";
const phaseOf = (twin: MsgTwin | undefined) => twin?.outcome?.phase;

test("a bad configData stops one device alone, and its outcome names the field", async () => {
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  link.announce(announceLamp({ name: "bad", configData: { port: "eighty" } }));
  await world.startMapper();
  link.setDesired("default/bad", "power", "ON", 2);
  await clock.advance(2000);
  assert.equal(link.state("default/bad"), "offline");
  const { outcome } = link.twin("default/bad", "power") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Rejected", "InvalidConfig"]);
  assert.match(outcome?.message ?? "", /spec\.protocol\.configData\.port/);
  assert.equal(link.state(LAMP), "online");
  const other = new LineDevice(world.transports, 2);
  other.powerOn();
  link.announce(announceLamp({ name: "bad", port: 2, generation: 3 }));
  await clock.advance(2000);
  assert.equal(phaseOf(link.twin("default/bad", "power")), "Applied");
  assert.deepEqual(other.writes, ["power ON"]);
});

test("what configData lacks comes from the mapper's own config", async () => {
  const { world, link, clock } = await createLampWorld(announceLamp({ configData: {} }));
  await using _ = world;
  await world.startMapper(lineMapper, { port: 1 });
  await clock.advance(100);
  assert.equal(link.state(LAMP), "online");
});

test("an announcement that only brings desired leaves the session alone; a new port moves it", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  const properties = [{ name: "power", desired: { value: "ON" } }];
  link.announce(announceLamp({ generation: 3, properties }));
  await clock.advance(3000);
  assert.deepEqual(device.writes, ["power ON"]);
  const other = new LineDevice(world.transports, 2);
  other.powerOn();
  link.announce(announceLamp({ generation: 4, port: 2 }));
  await clock.advance(3000);
  assert.deepEqual(other.writes, ["power ON"]);
  const before = device.received.length;
  await clock.advance(3000);
  assert.equal(device.received.length, before, "the old device is let go");
});

test("an announcement that is said again brings no new outcome", async () => {
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  const before = link.reports.length;
  link.announce(announceLamp({ generation: 3 }));
  await clock.advance(3000);
  const outcomes = link.reports.slice(before).filter(({ twin }) => twin.power?.outcome);
  assert.deepEqual(outcomes, []);
});

test("a removed device is let go; one of another protocol is never touched", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  link.announce(announceLamp({ name: "foreign", protocolName: "modbus" }));
  await world.startMapper();
  await clock.advance(2000);
  assert.equal(link.state("default/foreign"), undefined);
  link.remove(LAMP);
  await clock.advance(100);
  const before = device.received.length;
  await clock.advance(3000);
  assert.equal(device.received.length, before);
});

test("run rejects a link that is none", async () => {
  const signal = new AbortController().signal;
  await assert.rejects(lineMapper.run({ link: "localhost", signal }), /link is "localhost"/);
});

test("a device made anew under the same name is another one: its first generation is obeyed", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
  link.setUp(false);
  link.announce(announceLamp({ uid: "2", generation: 1 }));
  link.setDesired(LAMP, "power", "OFF", 1);
  link.setUp(true);
  await clock.advance(1500);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual(device.writes, ["power ON", "power OFF"]);
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Applied", "Acknowledged"]);
  assert.equal(outcome?.generation, 1);
  assert.equal(link.state(LAMP), "online");
});

test("the same value desired of a device made anew is written to it", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 1);
  await clock.advance(1500);
  link.announce(announceLamp({ uid: "2" }));
  link.setDesired(LAMP, "power", "ON", 1);
  await clock.advance(1500);
  assert.deepEqual(device.writes, ["power ON", "power ON"]);
  assert.equal(link.twin(LAMP, "power")?.outcome?.reason, "Acknowledged");
});
