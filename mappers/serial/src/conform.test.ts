import { test } from "node:test";
import { defineSimulator } from "@mapperkit/sim-plant";
import { describedDevice, SerialWire } from "@mapperkit/sim-serial";
import { assertConforms, assertLaws, conform, laws } from "@mapperkit/testing";
import { bathModel, bathWire, provenMapper } from "./testing/proven-driver.ts";

const bath = {
  model: bathModel,
  sim: defineSimulator(bathModel, {
    state: () => ({ temperature: 20.5, setpoint: 37, pump: false, cycles: 7n }),
  }),
  wire: bathWire({ SerialWire, describedDevice }),
};

test("the serial driver passes every check", async () => {
  assertConforms(await conform(provenMapper(), { ...bath, target: "sim" }));
});

test("the serial driver keeps every law", async () => {
  assertLaws(await laws(provenMapper(), { ...bath, cases: 50, seed: 5 }));
});
