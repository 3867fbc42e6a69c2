import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceProperty, ModelProperty } from "@mapperkit/api";
import { defineMapper } from "../definition/define-mapper.ts";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { World } from "../fixtures/world.ts";

const LAMP = "default/lamp";

/** A device whose one property, `heat`, is whatever the test says. */
async function createHeat(
  configData: Record<string, unknown>,
  { cycles, model }: { cycles?: Partial<DeviceProperty>; model?: Partial<ModelProperty> } = {},
) {
  const world = new World();
  const device = { told: 20 as unknown };
  const mapper = defineMapper({
    protocol: "line",
    connect: async () => device,
    read: async (session) => session.told,
    write: async (session, { value }) => {
      session.told = value;
    },
  });
  const heat = { name: "heat", type: "DOUBLE", accessMode: "ReadOnly", ...model } as const;
  const property = { name: "heat", visitors: { configData }, ...cycles };
  world.link.announce(announceLamp({ model: [heat], properties: [property] }));
  await world.startMapper(mapper);
  await world.clock.advance(100);
  const reported = (from = 0) =>
    world.link.reports.slice(from).flatMap(({ twin }) => twin.heat?.actual?.value ?? []);
  const actual = () => world.link.twin(LAMP, "heat")?.actual;
  return { world, device, clock: world.clock, link: world.link, reported, actual };
}

test("a reading brings quality, reason and the device's own time to the twin", async () => {
  const { world, device, clock, actual } = await createHeat({});
  await using _ = world;
  device.told = { value: 21, quality: "Uncertain", reason: "substituted", sourceTimestamp: 12_345 };
  await clock.advance(1000);
  const { value, metadata } = actual() ?? {};
  assert.equal(value, "21");
  assert.equal(metadata?.quality, "Uncertain");
  assert.equal(metadata?.reason, "substituted");
  assert.equal(metadata?.sourceTimestamp, 12_345);
});

test("a Bad reading keeps the last value, says why, and the device stays online", async () => {
  const { world, device, clock, actual, link } = await createHeat({});
  await using _ = world;
  device.told = { quality: "Bad", reason: "outOfService" };
  await clock.advance(1000);
  assert.equal(actual()?.value, "20");
  assert.equal(actual()?.metadata?.reason, "outOfService");
  assert.equal(link.state(LAMP), "online");
});

test("an absolute dead-band holds back what moved less, from the value that was reported", async () => {
  const { world, device, clock, reported } = await createHeat(
    { deadband: 0.5 },
    { cycles: { reportCycle: 3_600_000 } },
  );
  await using _ = world;
  for (const value of [20.3, 20.5, 20.6, 20.9, 21.2, 19]) {
    device.told = value;
    await clock.advance(1000);
  }
  assert.deepEqual(reported(), ["20", "20.6", "21.2", "19"]);
});

test("a percent dead-band is of the model's range", async () => {
  const { world, device, clock, reported } = await createHeat(
    { deadbandPercent: 10 },
    { cycles: { reportCycle: 3_600_000 }, model: { minimum: "0", maximum: "50" } },
  );
  await using _ = world;
  for (const value of [24, 25.1, 27, 31]) {
    device.told = value;
    await clock.advance(1000);
  }
  assert.deepEqual(reported(), ["20", "25.1", "31"]);
});

test("the heartbeat tells again what was reported, with the source time that it had", async () => {
  const { world, device, clock, link, actual } = await createHeat({
    deadband: 5,
    heartbeatMs: 10_000,
  });
  await using _ = world;
  device.told = { value: 40, sourceTimestamp: 111 };
  await clock.advance(1000);
  const before = link.reports.length;
  device.told = { value: 41, sourceTimestamp: 222 };
  await clock.advance(30_000);
  assert.equal(link.reports.length - before, 3);
  assert.equal(actual()?.value, "40");
  assert.equal(actual()?.metadata?.sourceTimestamp, 111);
});

test("a change of quality is told at once, whatever the dead-band", async () => {
  const { world, device, clock, actual } = await createHeat({ deadband: 100, heartbeatMs: 1e9 });
  await using _ = world;
  device.told = { value: 20.1, quality: "Uncertain", reason: "clamped" };
  await clock.advance(1000);
  assert.deepEqual(actual()?.metadata?.reason, "clamped");
});

test("sentinels and precision hold for every driver", async () => {
  const { world, device, clock, actual } = await createHeat({ invalid: "-999,85", precision: 1 });
  await using _ = world;
  device.told = 20.26;
  await clock.advance(1000);
  assert.equal(actual()?.value, "20.3");
  device.told = -999;
  await clock.advance(1000);
  assert.deepEqual([actual()?.value, actual()?.metadata?.reason], ["20.3", "sensorFault"]);
});

test("every sample travels where that is asked for, equal ones too, in order", async () => {
  const { world, device, clock, link, reported } = await createHeat({ everySample: true });
  await using _ = world;
  const before = link.reports.length;
  link.setUp(false);
  for (const value of [1, 1, 2, 3]) {
    device.told = value;
    await clock.advance(1000);
  }
  link.setUp(true);
  await clock.advance(500);
  assert.deepEqual(reported(before), ["1", "1", "2", "3"]);
});

test("a property that can only be written is never read", async () => {
  const { world, link, clock } = await createHeat({ writeOnly: true });
  await using _ = world;
  await clock.advance(3000);
  assert.equal(link.twin(LAMP, "heat")?.actual, undefined);
  assert.equal(link.state(LAMP), "online");
});

test("scale and offset are engineering units for every driver, and the inverse on write", async () => {
  const facts = { dataType: "int16", scale: 0.1, offset: -40, verify: "readback" };
  const model = { accessMode: "ReadWrite" } as const;
  const { world, device, clock, actual, link } = await createHeat(facts, { model });
  await using _ = world;
  device.told = "2300";
  await clock.advance(1000);
  assert.equal(actual()?.value, "190");
  link.setDesired(LAMP, "heat", "20.04", 2);
  await clock.advance(1000);
  assert.equal(device.told, 600);
  assert.equal(actual()?.value, "20");
  assert.equal(link.twin(LAMP, "heat")?.outcome?.phase, "Applied");
  link.setDesired(LAMP, "heat", "4000", 3);
  await clock.advance(1000);
  assert.equal(device.told, 600);
  assert.equal(link.twin(LAMP, "heat")?.outcome?.reason, "OutOfRange");
});

test("a counter of 64 bits without sign is exact as read and as desired, and refused beyond", async () => {
  const model = { type: "INT", accessMode: "ReadWrite" } as const;
  const { world, device, clock, actual, link } = await createHeat(
    { dataType: "uint64" },
    { model },
  );
  await using _ = world;
  device.told = 2n ** 64n - 1n;
  await clock.advance(1000);
  assert.deepEqual(actual()?.value, "18446744073709551615");
  link.setDesired(LAMP, "heat", "18446744073709551614", 2);
  await clock.advance(1000);
  assert.equal(device.told, 18446744073709551614n);
  assert.equal(link.twin(LAMP, "heat")?.outcome?.phase, "Applied");
  for (const [text, reason] of [
    ["18446744073709551616", "OutOfRange"],
    ["-1", "OutOfRange"],
    ["1.5", "WrongType"],
  ] as const) {
    link.setDesired(LAMP, "heat", text, 3);
    await clock.advance(1000);
    const { outcome } = link.twin(LAMP, "heat") ?? {};
    assert.deepEqual([text, outcome?.phase, outcome?.reason], [text, "Rejected", reason]);
  }
  assert.equal(device.told, 18446744073709551614n);
});
