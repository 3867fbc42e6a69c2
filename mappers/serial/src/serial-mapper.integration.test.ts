import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { RealClock, silentLog } from "@mapperkit/runtime";
import type { SimFault } from "@mapperkit/sim-plant";
import { serialFarSide } from "@mapperkit/sim-serial";
import { balance, station, type TestDevice } from "./fixtures/test-devices.ts";
import { announcement, runMapper, valueIs } from "./testing/running-mapper.ts";

test("a device of lines: patterns, words for true and false, forms of numbers, refusals", async (t) => {
  const line = await serveDescribed(t, { station });
  const plant = line.plant("station");
  plant.set("temperature", -4.5);
  plant.set("level", 7);
  const { link, announce, reported } = runMapper(t);
  announce("station", { ...station.config, serialPort: line.serialPort }, station.properties);
  await reported("station", "temperature", valueIs("-4.5"));
  await reported("station", "level", valueIs("7"));
  link.setDesired("default/station", "fan", "true", 2);
  link.setDesired("default/station", "level", "42", 2);
  await reported("station", "fan", ({ outcome }) => outcome?.phase === "Applied");
  await reported("station", "level", ({ outcome }) => outcome?.phase === "Applied");
  assert.deepEqual([plant.get("fan"), plant.get("level")], [true, 42]);
  const end = plant.inject({ kind: "busy" });
  link.setDesired("default/station", "fan", "false", 3);
  const { outcome } = await reported(
    "station",
    "fan",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.equal(outcome?.reason, "Refused");
  assert.match(outcome?.message ?? "", /the device said "busy"/);
  end();
});

test("a device of frames: values of one telegram, bits, byte orders, writes with acknowledgement", async (t) => {
  const device = balance(0x11);
  const line = await serveDescribed(t, { balance: device });
  const plant = line.plant("balance");
  plant.set("weight", -12.34);
  plant.set("count", 515);
  plant.set("stable", true);
  const { link, announce, reported } = runMapper(t);
  announce("balance", { ...device.config, serialPort: line.serialPort }, device.properties);
  await reported("balance", "weight", valueIs("-12.34"));
  await reported("balance", "count", valueIs("515"));
  await reported("balance", "stable", valueIs("true"));
  link.setDesired("default/balance", "tare", "0.125", 2);
  await reported("balance", "tare", ({ outcome }) => outcome?.phase === "Applied");
  assert.equal(plant.get("tare"), 0.125);
  plant.inject({ kind: "busy" });
  link.setDesired("default/balance", "tare", "1", 3);
  const { outcome } = await reported(
    "balance",
    "tare",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.equal(outcome?.reason, "Refused");
});

test("of several devices on one port a dead one does not stop the others, and comes back", async (t) => {
  const devices = { one: balance(1), two: balance(2), three: balance(3) };
  const line = await serveDescribed(t, devices);
  for (const [name, weight] of Object.entries({ one: 1, two: 2, three: 3 })) {
    line.plant(name).set("weight", weight);
  }
  const revive = line.plant("two").inject({ kind: "silent" });
  const { link, announce, reported } = runMapper(t);
  for (const [name, { config, properties }] of Object.entries(devices)) {
    announce(name, { ...config, serialPort: line.serialPort }, properties);
  }
  await reported("one", "weight", valueIs("1"));
  await reported("three", "weight", valueIs("3"));
  assert.equal(link.twin("default/two", "weight"), undefined);
  const before = line.plant("three").readCount("weight");
  await until(() => line.plant("three").readCount("weight") - before >= 20);
  revive();
  await reported("two", "weight", valueIs("2"));
});

const faults: readonly SimFault[] = [
  { kind: "silent" },
  { kind: "latency", ms: 190 },
  { kind: "split", bytes: 1 },
  { kind: "truncate" },
  { kind: "garbage", bytes: 5 },
  { kind: "busy" },
  { kind: "drop" },
  { kind: "badCrc" },
  { kind: "wrongUnit" },
];
for (const fault of faults) {
  for (const [kind, device] of Object.entries({ station, balance: balance(9) })) {
    if (kind === "station" && (fault.kind === "badCrc" || fault.kind === "wrongUnit")) continue;
    test(`${kind}, fault ${fault.kind}: no wrong value, and good again after it`, async (t) => {
      const line = await serveDescribed(t, { [kind]: device });
      const plant = line.plant(kind);
      const property = kind === "station" ? "temperature" : "weight";
      plant.set(property, 11.5);
      const { link, announce, reported } = runMapper(t);
      announce(kind, { ...device.config, serialPort: line.serialPort }, device.properties);
      await reported(kind, property, valueIs("11.5"));
      const seen = new Set<string | undefined>();
      const end = plant.inject(fault);
      plant.set(property, 22.5);
      const clock = new RealClock();
      for (let i = 0; i < 40; i += 1) {
        seen.add(link.twin(`default/${kind}`, property)?.actual?.value);
        await clock.sleep(10);
      }
      end();
      await reported(kind, property, valueIs("22.5"));
      assert.deepEqual([...seen.difference(new Set(["11.5", "22.5"]))], []);
    });
  }
}

test("a gateway that goes away and comes back is found again", async (t) => {
  const device = balance(5);
  const line = await serveDescribed(t, { balance: device });
  line.plant("balance").set("weight", 3);
  const { link, announce, reported } = runMapper(t);
  announce("balance", { ...device.config, serialPort: line.serialPort }, device.properties);
  await reported("balance", "weight", valueIs("3"));
  const replug = line.plant("balance").inject({ kind: "refused" });
  await until(() => link.state("default/balance") === "offline");
  line.plant("balance").set("weight", 4);
  replug();
  await reported("balance", "weight", valueIs("4"));
});

/** Simulated devices that hold still, on one line behind a gateway. */
async function serveDescribed(t: TestContext, devices: Readonly<Record<string, TestDevice>>) {
  const wanted = Object.entries(devices).map(([name, { config, properties }]) => {
    const place = { ...config, serialPort: "tcp://127.0.0.1:0" };
    const { device, model } = announcement(name, place, properties);
    return { id: name, device, model, where: () => name };
  });
  const surroundings = { clock: new RealClock(), log: silentLog, seed: 1, speed: 0 };
  const farSide = await serialFarSide.serve(wanted, { ...surroundings, whenPortTaken: "fail" });
  t.after(() => farSide[Symbol.asyncDispose]());
  const [moved] = farSide.moved.values();
  return {
    serialPort: String(moved?.serialPort),
    plant(name: string) {
      const plant = farSide.plants.get(name);
      assert.ok(plant);
      return plant;
    },
  };
}

async function until(isIt: () => boolean): Promise<void> {
  const clock = new RealClock();
  for (let i = 0; i < 2000 && !isIt(); i += 1) await clock.sleep(5);
  assert.ok(isIt());
}
