import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import { defineMapper } from "../definition/define-mapper.ts";
import { LineDevice } from "../fixtures/line-device.ts";
import { announceLamp, lineMapper } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";

async function lampWorld(announcement = announceLamp()) {
  const world = new World();
  const device = new LineDevice(world.transports, 1);
  device.powerOn();
  world.link.announce(announcement);
  return { world, device, link: world.link, clock: world.clock };
}

const phaseOf = (twin: MsgTwin | undefined) => twin?.outcome?.phase;

test("reads in its cycle, reports with quality, and says online", async () => {
  const { world, device, link, clock } = await lampWorld();
  await using _ = world;
  device.values.set("power", "OFF");
  await world.startMapper();
  await clock.advance(10);
  assert.equal(link.state(LAMP), "online");
  const twin = link.twin(LAMP, "power");
  assert.equal(twin?.actual?.value, "OFF");
  assert.equal(twin?.actual?.metadata?.quality, "Good");
  assert.equal(twin?.metadata?.type, "string");
  device.values.set("power", "ON");
  await clock.advance(1000);
  assert.equal(link.twin(LAMP, "power")?.actual?.value, "ON");
  assert.deepEqual(device.writes, [], "a read never writes");
});

test("polls at multiples of collectCycle, reports changes at once and equal values each reportCycle", async () => {
  const properties = [{ name: "power", collectCycle: 200, reportCycle: 1000 }];
  const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  await clock.advance(1050);
  const [reads, reports] = [device.received.length, link.reports.length];
  await clock.advance(10_000);
  assert.equal(device.received.length - reads, 50);
  assert.equal(link.reports.length - reports, 10);
});

test("reportToCloud false keeps the value here, not the outcome", async () => {
  const properties = [{ name: "power", reportToCloud: false }];
  const { world, link, clock } = await lampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(2000);
  assert.equal(link.twin(LAMP, "power")?.actual, undefined);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("writes desired once, and says Applied with its generation", async () => {
  const { world, device, link, clock } = await lampWorld();
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
  const { world, device, link, clock } = await lampWorld();
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

test("a desired value without generation is an edit at the edge and is written", async () => {
  const { world, device, link, clock } = await lampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 5);
  await clock.advance(100);
  link.setDesired(LAMP, "power", "OFF");
  await clock.advance(100);
  assert.deepEqual(device.writes, ["power ON", "power OFF"]);
});

test("nothing is written at start without a desired value, nor for an empty one", async () => {
  const { world, device, link, clock } = await lampWorld();
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
    const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
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
  const { world, device, link, clock } = await lampWorld();
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
  const { world, device, link, clock } = await lampWorld();
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

test("a device that went away and came back is told its desired value again", async () => {
  const { world, device, link, clock } = await lampWorld();
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(1500);
  await device.powerOff({ forgets: true });
  await clock.advance(10_000);
  assert.equal(link.state(LAMP), "offline");
  const { actual } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([actual?.value, actual?.metadata?.quality], ["ON", "Uncertain"]);
  assert.equal(actual?.metadata?.reason, "stale");
  device.powerOn();
  await clock.advance(31_000);
  assert.equal(link.state(LAMP), "online");
  assert.equal(device.values.get("power"), "ON");
  assert.deepEqual(device.writes, ["power ON", "power ON"]);
  assert.equal(link.twin(LAMP, "power")?.actual?.metadata?.quality, "Good");
});

test("with read-back, a device that came back still showing the value is not written", async () => {
  const properties = [{ name: "power", visitors: { configData: { verify: "readback" } } }];
  const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
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

test("read-back that never shows the value is Diverged, and Applied once it does", async () => {
  const properties = [
    { name: "level", visitors: { configData: { verify: "readback", verifyWithinMs: 1000 } } },
  ];
  const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
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
  const { world, link, clock } = await lampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(100);
  assert.equal(link.twin(LAMP, "power")?.outcome?.reason, "Unverified");
});

test("a restarted mapper leaves alone what was Applied, and writes what changed meanwhile", async () => {
  const { world, device, link, clock } = await lampWorld();
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

test("desired while the device is away is Pending, then Applied when it is back", async () => {
  const { world, device, link, clock } = await lampWorld();
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

test("garbage is Bad with the last good value, never 0", async () => {
  const properties = [{ name: "heat" }];
  const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
  await using _ = world;
  device.values.set("heat", "21.50");
  await world.startMapper();
  await clock.advance(100);
  assert.equal(link.twin(LAMP, "heat")?.actual?.value, "21.5");
  for (const garbage of ["", "NaN", "21.5C", "\u0000\u0001\u0002", "{}", "0x15"]) {
    device.override = () => garbage;
    await clock.advance(1000);
    const { actual } = link.twin(LAMP, "heat") ?? {};
    assert.deepEqual(
      [actual?.value, actual?.metadata?.quality, actual?.metadata?.reason],
      ["21.5", "Bad", "typeMismatch"],
      JSON.stringify(garbage),
    );
  }
  assert.equal(link.state(LAMP), "online");
  device.override = () => undefined;
  await clock.advance(1000);
  assert.equal(link.twin(LAMP, "heat")?.actual?.metadata?.quality, "Good");
});

test("a property that alone stays silent does not slow the others, nor is desired written for it", async () => {
  const properties = [{ name: "heat" }, { name: "power" }];
  const { world, device, link, clock } = await lampWorld(announceLamp({ properties }));
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
  const { world, link, clock } = await lampWorld();
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

test("a bad configData stops one device alone, and its outcome names the field", async () => {
  const { world, link, clock } = await lampWorld();
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
  const { world, link, clock } = await lampWorld(announceLamp({ configData: {} }));
  await using _ = world;
  await world.startMapper(lineMapper, { port: 1 });
  await clock.advance(100);
  assert.equal(link.state(LAMP), "online");
});

test("an announcement that only brings desired leaves the session alone; a new port moves it", async () => {
  const { world, device, link, clock } = await lampWorld();
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

test("a removed device is let go; one of another protocol is never touched", async () => {
  const { world, device, link, clock } = await lampWorld();
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

test("what is told while the edge is away arrives when it is back, the latest only", async () => {
  const { world, device, link, clock } = await lampWorld();
  await using _ = world;
  await world.startMapper();
  await clock.advance(1500);
  link.setUp(false);
  const before = link.reports.length;
  for (const value of ["1", "2", "3"]) {
    device.values.set("power", value);
    await clock.advance(1000);
  }
  link.setDesired(LAMP, "power", "4", 2);
  await clock.advance(1000);
  assert.deepEqual(device.writes, []);
  link.setUp(true);
  await clock.advance(500);
  assert.deepEqual(device.writes, ["power 4"]);
  assert.equal(link.reports[before]?.twin.power?.actual?.value, "3");
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("a refused report is logged once per reason", async () => {
  const { world, link, clock } = await lampWorld();
  await using _ = world;
  link.refuse(LAMP, "power", { code: 400, reason: "no" });
  await world.startMapper();
  await clock.advance(10_000);
  const warnings = world.log.entries.filter(({ message }) => message === "edge refused a report");
  assert.equal(warnings.length, 1);
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
    const { world, link, clock } = await lampWorld();
    await using _ = world;
    link.announce(announceLamp({ name: "bad", port: 9 }));
    await world.startMapper(bad);
    link.setDesired("default/bad", "power", "ON", 2);
    await clock.advance(20_500);
    assert.ok(link.reports.filter(({ id }) => id === LAMP).length >= 20);
    assert.equal(phaseOf(link.twin("default/bad", "power")), "Applied");
  });
}

test("a mapper that cannot write rejects desired values", async () => {
  const reader = defineMapper({ protocol: "line", connect: async () => 1, read: async () => "1" });
  const { world, link, clock } = await lampWorld();
  await using _ = world;
  await world.startMapper(reader);
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(100);
  const { outcome } = link.twin(LAMP, "power") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Rejected", "NotSupported"]);
});

test("run rejects a link that is none", async () => {
  const signal = new AbortController().signal;
  await assert.rejects(lineMapper.run({ link: "localhost", signal }), /link is "localhost"/);
});
