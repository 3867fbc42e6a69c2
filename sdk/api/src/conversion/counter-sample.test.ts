import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { convertDevice, convertDeviceModel } from "./index.ts";

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const V1BETA1 = "devices.kubeedge.io/v1beta1";
const OLD_DEFAULT = "mapperkit/kept-from-v1alpha2";

type KubernetesObject = {
  metadata: { annotations?: Record<string, string> };
  spec: object;
  status?: object;
};

function sample(version: string, file: string): KubernetesObject {
  const examples = resolve(import.meta.dirname, "../../../../examples/counter");
  return parse(readFileSync(resolve(examples, version, file), "utf8"), { version: "1.1" });
}

test("the counter's v1beta1 form is what its v1alpha2 form converts to", () => {
  const converted = convertDevice(sample("v1alpha2", "counter.yaml"), V1BETA1) as KubernetesObject;
  const { status, ...rest } = converted;
  assert.deepEqual(rest, sample("v1beta1", "counter.yaml"));
  // No true status yet: what the file says stands until the device reports.
  assert.deepEqual(status, {
    twins: [{ propertyName: "status", reported: { metadata: { type: "string" }, value: "0" } }],
  });
});

test("the counter model's v1beta1 form is what its v1alpha2 form converts to, with its default kept", () => {
  const model = sample("v1alpha2", "counter-model.yaml");
  const { metadata, ...rest } = convertDeviceModel(model, V1BETA1) as KubernetesObject;
  const { metadata: wanted, ...wantedRest } = sample("v1beta1", "counter-model.yaml");
  assert.deepEqual(rest, wantedRest);
  const kept = '[{"at":["spec","properties","status","type","string","defaultValue"],"is":""}]';
  assert.deepEqual(metadata, { ...wanted, annotations: { [OLD_DEFAULT]: kept } });
});

test("applying the counter's old file again keeps what the device reported", () => {
  const stored = {
    ...sample("v1beta1", "counter.yaml"),
    status: {
      state: "online",
      twins: [{ propertyName: "status", reported: { value: "17" }, phase: { name: "Applied" } }],
    },
  };
  const seen = convertDevice(stored, V1ALPHA2) as { status: { twins: { reported: object }[] } };
  assert.deepEqual(seen.status.twins[0]?.reported, { value: "17" });

  const file = sample("v1alpha2", "counter.yaml") as { status?: object };
  const applied = { ...seen, status: { ...seen.status, ...file.status } };
  const { status, ...spec } = convertDevice(applied, V1BETA1) as KubernetesObject;
  assert.deepEqual(status, stored.status);
  assert.deepEqual(spec, sample("v1beta1", "counter.yaml"));
});
