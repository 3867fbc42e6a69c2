import assert from "node:assert/strict";
import { test } from "node:test";
import { coil, defineModel, discreteInput, holding, input } from "@mapperkit/api";
import { catalogue, serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator } from "@mapperkit/sim-plant";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";

const ovenProperties: Readonly<Record<string, TestProperty>> = {
  temperature: {
    type: "FLOAT",
    configData: { space: "inputRegister", address: 0, dataType: "int16", scale: 0.1 },
  },
  setpoint: {
    type: "FLOAT",
    accessMode: "ReadWrite",
    configData: { space: "holdingRegister", address: 0, dataType: "int16", scale: 0.1 },
  },
  enabled: { type: "BOOLEAN", accessMode: "ReadWrite", configData: { space: "coil", address: 0 } },
  heating: { type: "BOOLEAN", configData: { space: "discreteInput", address: 0 } },
};

test("an oven is read, and obeys desired values with what it reads back", async (t) => {
  await using bus = await serveBus({
    devices: [{ unit: 1, simulator: catalogue.oven }],
    ticks: false,
  });
  const { link, announce, reported } = runMapper(t);
  announce("oven", { port: bus.port }, ovenProperties);
  await reported("oven", "temperature", valueIs("21"));
  await reported("oven", "heating", valueIs("false"));
  link.setDesired("default/oven", "setpoint", "45.5", 2);
  link.setDesired("default/oven", "enabled", "false", 2);
  const twin = await reported("oven", "setpoint", ({ outcome }) => outcome?.phase === "Applied");
  assert.equal(twin.actual?.value, "45.5");
  await reported("oven", "enabled", valueIs("false"));
  assert.deepEqual([bus.plant(1).get("setpoint"), bus.plant(1).get("enabled")], [45.5, false]);
});

test("a meter in the words of v1alpha2", async (t) => {
  await using bus = await serveBus({
    devices: [{ unit: 7, simulator: catalogue.meter }],
    ticks: false,
  });
  const { announce, reported } = runMapper(t);
  const at = (offset: number, more: object = {}) => ({
    register: "InputRegister",
    offset,
    ...more,
  });
  announce(
    "meter",
    { slaveID: 7, ip: "127.0.0.1", port: bus.port, collectType: "sync" },
    {
      voltage: { type: "FLOAT", configData: at(0, { limit: 2, scale: 1 }) },
      energy: { type: "DOUBLE", configData: { ...at(10, { limit: 2 }), dataType: "uint32" } },
      maker: { type: "STRING", configData: at(104, { limit: 6 }) },
      tariff: {
        type: "INT",
        accessMode: "ReadWrite",
        configData: { register: "HoldingRegister", offset: 1, limit: 1, scale: 1 },
      },
    },
  );
  await reported("meter", "voltage", valueIs("230"));
  await reported("meter", "maker", valueIs("mapperkit"));
  await reported("meter", "tariff", valueIs("1"));
});

const panel = defineSimulator(
  defineModel("panel", {
    pumpA: { ...holding(0, "boolean"), bit: 0 },
    pumpB: { ...holding(0, "boolean"), bit: 9 },
    level: holding(1, "uint32", { byteOrder: "CDAB" }),
    valves: { ...coil(0), arrayLength: 10 },
    alarm: discreteInput(3),
    flow: input(0, "float64"),
  }),
  { state: () => ({ pumpA: true, pumpB: false, level: 70_000, flow: 1.25 }) },
);
const panelProperties: Readonly<Record<string, TestProperty>> = {
  pumpB: {
    type: "BOOLEAN",
    accessMode: "ReadWrite",
    configData: { space: "holdingRegister", address: 1, bit: 9 },
  },
  level: {
    type: "INT",
    accessMode: "ReadWrite",
    configData: {
      ...{ space: "holdingRegister", address: 2, dataType: "uint32", byteOrder: "CDAB" },
    },
  },
  valves: {
    type: "STRING",
    accessMode: "ReadWrite",
    configData: { space: "coil", address: 1, arrayLength: 10 },
  },
  flow: { type: "DOUBLE", configData: { space: "inputRegister", address: 1, dataType: "float64" } },
};

const ways: [title: string, config: object, functions: readonly number[]][] = [
  ["functions 5, 6, 15 and 16", {}, [1, 2, 3, 4, 5, 6, 15, 16]],
  ["15 and 16 alone", { quirks: "multiple-writes-only" }, [1, 2, 3, 4, 15, 16]],
  ["23 for registers", { writeWith: "readWrite" }, [1, 3, 4, 15, 23]],
  ["22 for bits", { maskWrite: true }, [1, 3, 4, 15, 16, 22]],
  ["22 that the device lacks", { maskWrite: true }, [1, 3, 4, 6, 15, 16]],
];
for (const [title, config, functions] of ways) {
  test(`bits, long values and arrays are written by ${title}`, async (t) => {
    const device = { unit: 1, simulator: panel, quirks: { functions } };
    await using bus = await serveBus({ devices: [device] });
    const { link, announce, reported } = runMapper(t);
    announce("panel", { port: bus.port, addressBase: 1, ...config }, panelProperties);
    await reported("panel", "flow", valueIs("1.25"));
    link.setDesired("default/panel", "pumpB", "true");
    link.setDesired("default/panel", "level", "4000000000");
    link.setDesired(
      "default/panel",
      "valves",
      "[true,false,true,false,false,false,false,false,false,true]",
    );
    await reported("panel", "pumpB", valueIs("true"));
    await reported("panel", "level", valueIs("4000000000"));
    await reported("panel", "valves", ({ actual }) => actual?.value?.endsWith("true]") === true);
    const plant = bus.plant(1);
    assert.deepEqual([plant.get("pumpA"), plant.get("pumpB")], [true, true]);
    assert.equal((plant.get("valves") as boolean[])[2], true);
  });
}

for (const framing of ["tcp", "rtu"] as const) {
  test(`${framing}: a dead unit on a bus does not slow the others, and comes back`, async (t) => {
    const devices = [1, 2, 3].map((unit) => ({ unit, simulator: catalogue.oven }));
    await using bus = await serveBus({ devices, framing, ticks: false });
    const transport = framing === "tcp" ? "tcp" : "rtu-over-tcp";
    bus.plant(2).inject({ kind: "silent", for: "1500ms" });
    const { link, announce, reported } = runMapper(t);
    for (const unit of [1, 2, 3]) {
      const config = { port: bus.port, unitId: unit, timeoutMs: 100, lateAnswerMs: 50, transport };
      announce(`oven-${unit}`, config, ovenProperties);
    }
    await reported("oven-1", "temperature", valueIs("21"));
    await reported("oven-3", "temperature", valueIs("21"));
    const before = bus.plant(3).readCount("temperature");
    await reported("oven-2", "temperature", valueIs("21"));
    assert.ok(bus.plant(3).readCount("temperature") - before >= 20);
    assert.equal(link.state("default/oven-2"), "online");
  });
}

test("what the device refuses is said so", async (t) => {
  await using bus = await serveBus({
    devices: [{ unit: 1, simulator: catalogue.oven }],
    ticks: false,
  });
  const { link, announce, reported } = runMapper(t);
  announce(
    "oven",
    { port: bus.port },
    { ...ovenProperties, ghost: { type: "INT", configData: { space: "coil", address: 99 } } },
  );
  link.setDesired("default/oven", "setpoint", "900", 3);
  const { outcome } = await reported(
    "oven",
    "setpoint",
    (twin) => twin.outcome?.phase === "Rejected",
  );
  assert.equal(outcome?.reason, "Refused");
  assert.match(outcome?.message ?? "", /exception 3/);
  await reported("oven", "temperature", valueIs("21"));
});
