import { test } from "node:test";
import { plausibleSimulator } from "@mapperkit/sim-plant";
import { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import { playFaultDay } from "./fixtures/fault-day.ts";
import { balance, station, type TestDevice } from "./fixtures/test-devices.ts";
import { announcement } from "./testing/running-mapper.ts";

/** The device in memory, as its description has it. */
const served =
  (device: TestDevice, seed: number): Parameters<typeof playFaultDay>[0]["serve"] =>
  async (clock, transports) => {
    const { config, properties } = device;
    const { model } = announcement("thing", config, properties);
    const visitors = new Map(
      Object.entries(properties).map(([name, one]) => [name, one.configData]),
    );
    const wire = new SerialWire();
    wire.add(describedDevice(0, { configData: config, model, visitors }));
    return await plausibleSimulator(model).serve({
      ...{ over: "memory", transports, port: 4001, clock, seed, ticks: false },
      wire: () => wire,
    });
  };

for (const [kind, device, property] of [
  ["frames", balance(9), "weight"],
  ["lines", station, "temperature"],
] as const) {
  for (const seed of [1]) {
    test(`10 faults one after the other, ${kind}, seed ${seed}: no value that never was`, async () => {
      await playFaultDay({ seed, faults: 10, device, property, serve: served(device, seed) });
    });
  }
}
