import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceProperty, ModelProperty } from "@mapperkit/api";
import { createLampWorld } from "../fixtures/lamp-world.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";

const LAMP = "default/lamp";
const model: ModelProperty[] = [
  { name: "power", type: "STRING", accessMode: "ReadWrite" },
  { name: "level", type: "INT", accessMode: "ReadWrite" },
  { name: "heat", type: "DOUBLE", accessMode: "ReadOnly" },
];
const announce = (reportCycle = 3_600_000) =>
  announceLamp({
    model,
    properties: ["power", "level", "heat"].map((name): DeviceProperty => ({ name, reportCycle })),
  });

async function createLamp(reportCycle?: number) {
  const scene = await createLampWorld(announce(reportCycle));
  const { link } = scene;
  const shown = (name: string) => {
    const { value, metadata } = link.twin(LAMP, name)?.actual ?? {};
    return [value, metadata?.quality, metadata?.reason];
  };
  return { ...scene, shown };
}

test("a property whose first read fails shows Bad with its reason, and no value that could be one", async () => {
  const { world, device, clock, shown } = await createLamp();
  await using _ = world;
  device.override = (command) =>
    ({ "power?": null, "level?": "many", "heat?": "hot" })[command] as string | null;
  device.values.set("door", "open");
  await world.startMapper();
  await clock.advance(10_000);
  assert.deepEqual(shown("level"), ["", "Bad", "typeMismatch"]);
  assert.deepEqual(shown("heat"), ["NaN", "Bad", "typeMismatch"]);
  assert.deepEqual(shown("power"), ["", "Bad", "timeout"]);
  device.override = () => undefined;
  await clock.advance(60_000);
  assert.deepEqual(shown("level"), ["0", "Good", "ok"]);
});

test("a device that is away from the start shows why", async () => {
  const { world, device, link, clock, shown } = await createLamp();
  await using _ = world;
  await device.powerOff();
  await world.startMapper();
  await clock.advance(5000);
  assert.equal(link.state(LAMP), "offline");
  assert.deepEqual(shown("heat"), ["NaN", "Bad", "notConnected"]);
});

test("what was read last before a restart is not lost by a device that is away, nor by an edge that is late", async () => {
  const { world, device, link, clock, shown } = await createLamp();
  await using _ = world;
  device.values.set("heat", "21.5");
  await world.startMapper();
  await clock.advance(3000);
  assert.deepEqual(shown("heat"), ["21.5", "Good", "ok"]);
  await world.stopMapper();
  await device.powerOff();
  link.setUp(false);
  await world.startMapper();
  await clock.advance(5000);
  link.announce(announce());
  link.setUp(true);
  await clock.advance(10_000);
  assert.equal(shown("heat")[0], "21.5");
});

test("what does not answer is told again each report cycle while its unit is there", async () => {
  const { world, device, link, clock } = await createLamp(30_000);
  await using _ = world;
  await world.startMapper();
  await clock.advance(5000);
  device.override = (command) => (command === "power?" ? null : undefined);
  await clock.advance(30_000);
  const before = link.reports.length;
  await clock.advance(300_000);
  const told = link.reports.slice(before).filter(({ twin }) => twin.power?.actual);
  assert.ok(told.length >= 9, `told ${told.length} times in ten cycles`);
  const { quality, reason } = told.at(-1)?.twin.power?.actual?.metadata ?? {};
  assert.deepEqual([quality, reason], ["Bad", "timeout"]);
  assert.equal(link.state(LAMP), "online");
});

test("an edge that refuses a value-less number takes the others of the same moment", async () => {
  const { world, device, link, clock, shown } = await createLamp();
  await using _ = world;
  device.override = (command) => (command === "level?" ? "many" : undefined);
  await world.startMapper();
  await clock.advance(10_000);
  assert.deepEqual(shown("power"), ["0", "Good", "ok"]);
  const apart = link.reports.filter(({ twin }) => twin.level?.actual?.value === "");
  assert.ok(apart.length > 0);
  for (const { twin } of apart) assert.deepEqual(Object.keys(twin), ["level"]);
});
