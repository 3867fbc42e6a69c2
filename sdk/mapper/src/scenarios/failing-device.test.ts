import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError, type MsgTwin } from "@mapperkit/api";
import { z } from "zod";
import { defineMapper } from "../definition/define-mapper.ts";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { LineDevice } from "../fixtures/line-device.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";
const phaseOf = (twin: MsgTwin | undefined) => twin?.outcome?.phase;

test("a device that went away and came back is told its desired value again", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  await device.powerOff({ forgets: true });
  await clock.advance(10_000);
  assert.equal(link.state(LAMP), "offline");
  const { actual } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([actual?.value, actual?.metadata?.quality], ["ON", "Bad"]);
  assert.equal(actual?.metadata?.reason, "notConnected");
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied", "the state says that it is away");
  device.powerOn();
  await clock.advance(31_000);
  assert.equal(link.state(LAMP), "online");
  assert.equal(device.values.get("power"), "ON");
  assert.deepEqual(device.writes, ["power ON", "power ON"]);
  assert.equal(link.twin(LAMP, "power")?.actual?.metadata?.quality, "Good");
});

test("a silent device's values are Bad within two cycles, say why, and are kept", async () => {
  const properties = [{ name: "power" }, { name: "heat" }];
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  await clock.advance(5000);
  const values = ["power", "heat"].map((name) => link.twin(LAMP, name)?.actual?.value);
  const before = link.reports.length;
  device.override = () => null;
  await clock.advance(2000);
  for (const [i, name] of ["power", "heat"].entries()) {
    const { value, metadata } = link.twin(LAMP, name)?.actual ?? {};
    assert.deepEqual([value, metadata?.quality, metadata?.reason], [values[i], "Bad", "timeout"]);
  }
  assert.equal(link.state(LAMP), "offline");
  await clock.advance(60_000);
  const told = link.reports.slice(before).filter(({ twin }) => twin.power?.actual);
  assert.ok(told.length <= 2, `told ${told.length} times that nothing is known`);
  device.override = () => undefined;
  await clock.advance(31_000);
  assert.equal(link.twin(LAMP, "power")?.actual?.metadata?.quality, "Good");
  assert.equal(link.twin(LAMP, "heat")?.actual?.metadata?.quality, "Good");
});

test("with read-back, a device that came back still showing the value is not written", async () => {
  const properties = [{ name: "power", visitors: { configData: { verify: "readback" } } }];
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  assert.equal(link.twin(LAMP, "power")?.outcome?.reason, "ReadBack");
  await device.powerOff();
  await clock.advance(5000);
  device.powerOn();
  await clock.advance(31_000);
  assert.deepEqual(device.writes, ["power ON"]);
  await device.powerOff({ forgets: true });
  await clock.advance(5000);
  device.powerOn();
  await clock.advance(31_000);
  assert.deepEqual(device.writes, ["power ON", "power ON"]);
});

test("desired while the device is away is Pending, then Applied when it is back", async () => {
  const { world, device, link, clock } = await createLampWorld();
  await using _ = world;
  await device.powerOff();
  await world.startMapper();
  await clock.advance(5000);
  assert.equal(link.state(LAMP), "offline");
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(100);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Pending", "NotConnected"]);
  device.powerOn();
  await clock.advance(31_000);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("a property that alone stays silent does not slow the others, nor is desired written for it", async () => {
  const properties = [{ name: "heat" }, { name: "power" }];
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(2000);
  device.override = (command) => (command === "heat?" ? null : undefined);
  await clock.advance(60_000);
  const [reads, writes] = [device.received.length, device.writes.length];
  await clock.advance(100_000);
  const powerReads = device.received.slice(reads).filter((c) => c === "power?").length;
  assert.ok(powerReads >= 90, `${powerReads} reads of power in 100 s`);
  assert.equal(device.writes.length, writes);
});

test("a dead device does not slow a live one", async () => {
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  link.announce(announceLamp({ name: "dead", port: 9 }));
  const silent = new LineDevice(world.transports, 8);
  silent.override = () => null;
  silent.powerOn();
  link.announce(announceLamp({ name: "silent", port: 8 }));
  await world.startMapper();
  await clock.advance(30_500);
  const reports = link.reports.filter(({ id }) => id === LAMP).length;
  assert.equal(reports, 31);
  assert.equal(link.state("default/dead"), "offline");
  assert.equal(link.state("default/silent"), "offline");
  assert.ok(silent.received.length < 15, `${silent.received.length} probes in 30 s`);
});

test("devices of one endpoint share a session; each is judged by itself", async () => {
  let sessions = 0;
  let isDeadUnitDead = true;
  const bus = defineMapper({
    protocol: "line",
    config: z.object({ port: z.number(), unit: z.string() }),
    visitor: z.object({ unit: z.string() }),
    endpoint: ({ port }) => `${port}`,
    connect: async () => ++sessions,
    read: async (_, { visitor }) => {
      if (visitor.unit !== "2" || !isDeadUnitDead) return "1";
      throw new MapperkitError("timed_out", "unit 2 is silent");
    },
  });
  const world = new World();
  await using _ = world;
  for (const unit of ["1", "2"]) {
    const properties = [{ name: "power", visitors: { configData: { unit } } }];
    const configData = { port: 1, unit };
    world.link.announce(announceLamp({ name: `unit-${unit}`, configData, properties }));
  }
  await world.startMapper(bus);
  await world.clock.advance(60_500);
  assert.equal(world.link.state("default/unit-1"), "online");
  assert.equal(world.link.state("default/unit-2"), "offline");
  const live = world.link.reports.filter(({ id }) => id === "default/unit-1").length;
  assert.ok(live >= 57, `${live} reports in 60 s`);
  isDeadUnitDead = false;
  await world.clock.advance(31_000);
  assert.equal(world.link.state("default/unit-2"), "online");
});

const drivers = {
  "throws at once": () => {
    throw new Error("boom");
  },
  hangs: () => new Promise<never>(() => undefined),
  "gives nothing": async () => undefined,
  "gives an object": async () => ({ toString: () => "7" }),
};
for (const [what, read] of Object.entries(drivers)) {
  test(`a driver that ${what} ends neither the mapper nor another device`, async () => {
    const bad = defineMapper({
      protocol: "line",
      config: z.object({ port: z.number() }),
      connect: async ({ config }) => config.port,
      read: async (port) => (port === 9 ? await read() : "1"),
      write: async () => undefined,
    });
    const { world, link, clock } = await createLampWorld();
    await using _ = world;
    link.announce(announceLamp({ name: "bad", port: 9 }));
    await world.startMapper(bad);
    link.setDesired("default/bad", "power", "ON", 2);
    await clock.advance(20_500);
    assert.ok(link.reports.filter(({ id }) => id === LAMP).length >= 20);
    assert.equal(phaseOf(link.twin("default/bad", "power")), "Applied");
  });
}

test("a connect that hangs is given up, and a session that comes too late is closed", async () => {
  const late = Promise.withResolvers<string>();
  const closed: string[] = [];
  let attempts = 0;
  const slow = defineMapper({
    protocol: "line",
    connect: () => (++attempts === 1 ? late.promise : Promise.resolve("second")),
    close: async (session) => {
      closed.push(session);
    },
    read: async () => "1",
  });
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  await world.startMapper(slow);
  await clock.advance(10_000);
  assert.equal(link.state(LAMP), "offline");
  await clock.advance(1000);
  assert.equal(link.state(LAMP), "online");
  late.resolve("first");
  await clock.advance(10);
  assert.deepEqual(closed, ["first"]);
  await world.stopMapper();
  assert.deepEqual(closed, ["first", "second"]);
});

test("the mapper stops within 2 s though a driver's close hangs", async () => {
  const stuck = defineMapper({
    protocol: "line",
    connect: async () => 1,
    close: () => new Promise<never>(() => undefined),
    read: () => new Promise<never>(() => undefined),
  });
  const { world, clock } = await createLampWorld();
  await world.startMapper(stuck);
  await clock.advance(100);
  await world.stopMapper();
});

test("when all that share an endpoint hang and return, each is served within seconds", async () => {
  let isHanging = false;
  const bus = defineMapper({
    protocol: "line",
    config: z.object({ port: z.number(), unit: z.string() }),
    endpoint: ({ port }) => `${port}`,
    connect: async ({ clock }) => clock,
    read: async (clock) => {
      if (!isHanging) return "1";
      await clock.sleep(2000);
      throw new MapperkitError("timed_out", "no answer in time");
    },
  });
  const world = new World();
  await using _ = world;
  for (const unit of ["1", "2"]) {
    const configData = { port: 1, unit };
    world.link.announce(announceLamp({ name: `unit-${unit}`, configData }));
  }
  await world.startMapper(bus);
  await world.clock.advance(5_000);
  isHanging = true;
  await world.clock.advance(8_000);
  isHanging = false;
  await world.clock.advance(12_000);
  assert.equal(world.link.state("default/unit-1"), "online");
  assert.equal(world.link.state("default/unit-2"), "online");
});
