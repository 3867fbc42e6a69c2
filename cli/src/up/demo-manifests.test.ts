import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { counterModel, numberedCounter, sensorDevice, sensorModel } from "./demo-manifests.ts";

const example = (file: string) =>
  parse(readFileSync(resolve(import.meta.dirname, "../../../examples", file), "utf8"));

test("what `up` applies for the sensor is what examples/sensor shows", () => {
  assert.deepEqual(sensorModel, example("sensor/sensor-model.yaml"));
  assert.deepEqual(sensorDevice("kube-edge-1", 9600), example("sensor/sensor.yaml"));
});

test("the further counters use the tutorial's model", () => {
  const { properties } = example("counter/v1beta1/counter-model.yaml").spec;
  assert.deepEqual(counterModel.spec?.properties, properties);
  assert.equal(numberedCounter(7, "n", 1).metadata.name, "counter-007");
});
