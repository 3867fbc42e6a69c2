import assert from "node:assert/strict";
import { test } from "node:test";
import type { MsgTwin } from "@mapperkit/api";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";

const LAMP = "default/lamp";
const phaseOf = (twin: MsgTwin | undefined) => twin?.outcome?.phase;

test("reads in its cycle, reports with quality, and says online", async () => {
  const { world, device, link, clock } = await createLampWorld();
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
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
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
  const { world, link, clock } = await createLampWorld(announceLamp({ properties }));
  await using _ = world;
  await world.startMapper();
  link.setDesired(LAMP, "power", "ON", 2);
  await clock.advance(2000);
  assert.equal(link.twin(LAMP, "power")?.actual, undefined);
  assert.equal(phaseOf(link.twin(LAMP, "power")), "Applied");
});

test("garbage is Bad with the last good value, never 0", async () => {
  const properties = [{ name: "heat" }];
  const { world, device, link, clock } = await createLampWorld(announceLamp({ properties }));
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

test("what is told while the edge is away arrives when it is back, the latest only", async () => {
  const { world, device, link, clock } = await createLampWorld();
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
  const { world, link, clock } = await createLampWorld();
  await using _ = world;
  link.refuse(LAMP, "power", { code: 400, reason: "no" });
  await world.startMapper();
  await clock.advance(10_000);
  const warnings = world.log.entries.filter(({ message }) => message === "edge refused a report");
  assert.equal(warnings.length, 1);
});
