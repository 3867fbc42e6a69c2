import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { mergeModelDefaults, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { catalogue, serveBus } from "@mapperkit/sim-modbus";
import { parse } from "yaml";
import { runMapper, valueIs } from "./testing/running-mapper.ts";

const folder = resolve(import.meta.dirname, "../../../examples/modbus");
const objects = globSync("*.yaml", { cwd: folder })
  .toSorted()
  .map((file): { kind: string; spec: object } =>
    parse(readFileSync(resolve(folder, file), "utf8")),
  );
const models = objects.filter(({ kind }) => kind === "DeviceModel").map(parseDeviceModel);
const devices = objects.filter(({ kind }) => kind === "Device").map(parseDevice);

test("the example's devices work with the default plant of the simulator", async (t) => {
  await using bus = await serveBus({
    devices: [
      { unit: 1, simulator: catalogue.oven },
      { unit: 2, simulator: catalogue.meter },
    ],
    ticks: false,
  });
  const { link, reported } = runMapper(t);
  for (const device of devices) {
    const model = models.find(
      ({ metadata }) => metadata.name === device.spec?.deviceModelRef?.name,
    );
    assert.ok(model);
    const merged = mergeModelDefaults(device, model);
    const configData = { ...merged.spec?.protocol?.configData, port: bus.port };
    const spec = { ...merged.spec, protocol: { protocolName: "modbus", configData } };
    link.announce({ version: 1, generation: 1, device: { ...merged, spec }, model });
  }
  link.setDesired("default/oven", "setpoint", "180");
  link.setDesired("default/meter", "tariff", "2");
  await reported("oven", "temperature", valueIs("21"));
  await reported("oven", "setpoint", valueIs("180"));
  await reported("meter", "voltage", valueIs("230"));
  await reported("meter", "tariff", valueIs("2"));
  assert.equal(bus.plant(2).get("tariff"), 2);
});
