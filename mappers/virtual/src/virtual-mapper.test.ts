import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type DeviceAnnouncement,
  type ModelProperty,
  parseDevice,
  parseDeviceModel,
} from "@mapperkit/api";
import { createRandom, MemoryLog, VirtualClock } from "@mapperkit/runtime";
import { MemoryTwinLink } from "@mapperkit/sdk";
import { virtualMapper } from "./virtual-mapper.ts";

const API = "devices.kubeedge.io/v1beta1";
const oven: ModelProperty[] = [
  { name: "temperature", type: "FLOAT", accessMode: "ReadOnly", unit: "Cel" },
  {
    name: "setpoint",
    type: "FLOAT",
    accessMode: "ReadWrite",
    unit: "Cel",
    minimum: "20",
    maximum: "250",
  },
  { name: "cycles", type: "INT", accessMode: "ReadOnly" },
  { name: "enabled", type: "BOOLEAN", accessMode: "ReadWrite" },
  { name: "label", type: "STRING", accessMode: "ReadWrite" },
];

function announcement(
  name: string,
  properties: ModelProperty[] = oven,
  configData: object = {},
): DeviceAnnouncement {
  const metadata = { name, namespace: "default" };
  const protocol = { protocolName: "virtual", configData };
  return {
    ...{ version: 1, generation: 1 },
    device: parseDevice({
      ...{ apiVersion: API, kind: "Device", metadata },
      spec: { deviceModelRef: { name: "oven" }, protocol, properties: [] },
    }),
    model: parseDeviceModel({
      ...{ apiVersion: API, kind: "DeviceModel", metadata: { ...metadata, name: "oven" } },
      spec: { properties },
    }),
  };
}

/** The mapper at work in virtual time. */
async function playing(t: TestContext) {
  const clock = new VirtualClock(1_700_000_000_000);
  const link = new MemoryTwinLink();
  const log = new MemoryLog();
  const stop = new AbortController();
  const running = virtualMapper.run({
    ...{ link, clock, log, random: createRandom(1), signal: stop.signal },
  });
  const end = async () => {
    stop.abort();
    await clock.advance(5000);
    await running;
  };
  t.after(end);
  const value = (device: string, property: string) =>
    link.twin(`default/${device}`, property)?.actual?.value;
  return { clock, link, value, end };
}

test("a Device and its model are enough: values come, and follow what is set", async (t) => {
  const { clock, link, value } = await playing(t);
  link.announce(announcement("oven"));
  await clock.advance(3000);
  assert.equal(link.state("default/oven"), "online");
  assert.ok(Number(value("oven", "temperature")) < 30);
  link.setDesired("default/oven", "setpoint", "180", 2);
  link.setDesired("default/oven", "enabled", "true", 2);
  link.setDesired("default/oven", "label", "left", 2);
  await clock.advance(600_000);
  assert.ok(Math.abs(Number(value("oven", "temperature")) - 180) < 2);
  assert.ok(Number(value("oven", "cycles")) >= 600);
  assert.equal(value("oven", "label"), "left");
  assert.equal(link.twin("default/oven", "setpoint")?.outcome?.phase, "Applied");
});

test("what the model forbids is Rejected", async (t) => {
  const { clock, link } = await playing(t);
  link.announce(announcement("oven"));
  link.setDesired("default/oven", "setpoint", "900", 2);
  link.setDesired("default/oven", "temperature", "20", 2);
  await clock.advance(3000);
  assert.equal(link.twin("default/oven", "setpoint")?.outcome?.reason, "OutOfRange");
  assert.equal(link.twin("default/oven", "temperature")?.outcome?.reason, "ReadOnlyProperty");
});

test("devices of one model are different, equal seeds make them alike", async (t) => {
  const { clock, link, value } = await playing(t);
  link.announce(announcement("one"));
  link.announce(announcement("two"));
  link.announce(announcement("three", oven, { seed: 7 }));
  link.announce(announcement("four", oven, { seed: "7" }));
  await clock.advance(20_000);
  assert.notEqual(value("one", "temperature"), value("two", "temperature"));
  assert.equal(value("three", "temperature"), value("four", "temperature"));
});

test("with speed 60 a minute passes in a second, with 0 none", async (t) => {
  const { clock, link, value } = await playing(t);
  link.announce(announcement("fast", oven, { speed: 60 }));
  link.announce(announcement("still", oven, { speed: "0" }));
  await clock.advance(10_500);
  assert.ok(Number(value("fast", "cycles")) >= 540);
  assert.equal(value("still", "cycles"), "0");
});

test("a visitor says what a value begins with", async (t) => {
  const { clock, link, value } = await playing(t);
  const properties = oven.map((property) =>
    property.name === "label"
      ? { ...property, visitors: { configData: { initial: "OFF" } } }
      : property,
  );
  link.announce(announcement("oven", properties));
  await clock.advance(2000);
  assert.equal(value("oven", "label"), "OFF");
});

test("a constant stays, whatever its name suggests", async (t) => {
  const { clock, link, value } = await playing(t);
  const properties = oven.map((property) =>
    property.name === "cycles"
      ? { ...property, visitors: { configData: { constant: 18 } } }
      : property,
  );
  link.announce(announcement("oven", properties));
  await clock.advance(20_000);
  assert.equal(value("oven", "cycles"), "18");
});

test("a new model makes a new plant, which keeps what it still has", async (t) => {
  const { clock, link, value } = await playing(t);
  link.announce(announcement("oven"));
  link.setDesired("default/oven", "label", "left", 2);
  await clock.advance(5000);
  const humid: ModelProperty = {
    name: "humidity",
    type: "FLOAT",
    accessMode: "ReadOnly",
    unit: "%",
  };
  link.announce({ ...announcement("oven", [...oven, humid]), generation: 2 });
  await clock.advance(5000);
  assert.ok(Number(value("oven", "humidity")) > 0);
  assert.equal(value("oven", "label"), "left");
});

test("retained values outlive a restart, others do not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "virtual-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const configData = { retain: true, stateFolder: folder };
  const first = await playing(t);
  first.link.announce(announcement("kept", oven, configData));
  first.link.announce(announcement("lost"));
  await fileTime(first.clock);
  for (const device of ["kept", "lost"]) {
    first.link.setDesired(`default/${device}`, "label", "left", 2);
  }
  await fileTime(first.clock);
  await first.end();
  const file = JSON.parse(readFileSync(join(folder, "default_kept.json"), "utf8"));
  assert.equal(file.values.label, "left");

  const again = await playing(t);
  again.link.announce(announcement("kept", oven, configData));
  again.link.announce(announcement("lost"));
  await fileTime(again.clock);
  assert.equal(again.value("kept", "label"), "left");
  assert.notEqual(again.value("lost", "label"), "left");
});

test("a file that is no state keeps the device offline until it is removed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "virtual-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "default_oven.json");
  writeFileSync(file, "{");
  const { clock, link, value } = await playing(t);
  link.announce(announcement("oven", oven, { retain: "true", stateFolder: folder }));
  await fileTime(clock);
  assert.notEqual(value("oven", "label"), "label");
  rmSync(file);
  await fileTime(clock);
  await clock.advance(30_000);
  await fileTime(clock);
  assert.equal(value("oven", "label"), "label");
});

/** Files take time that no virtual clock knows. */
async function fileTime(clock: VirtualClock): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    await clock.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
