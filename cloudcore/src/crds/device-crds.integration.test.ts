import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { DEVICE_MODELS } from "../kube/index.ts";
import { TestCloud } from "../testing/test-cloud.ts";

const signal = new AbortController().signal;
const model = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "counter-model", namespace: "default" },
  spec: { properties: [] },
};

function cloudFor(t: TestContext): Promise<TestCloud> {
  return TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
}

test("where the API server cannot reach the webhook, v1beta1 is served alone", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  await cloud.startCore({ webhook: { enabled: false, url: "https://127.0.0.1:9/convert" } });
  assert.ok(cloud.log.entries.some((entry) => /served as v1beta1 only/.test(entry.message)));
  await cloud.client.create(DEVICE_MODELS, model, { signal });
  await assert.rejects(
    cloud.client.listPage({ ...DEVICE_MODELS, version: "v1alpha2" }, { limit: 1 }, signal),
    {
      code: "not_found",
    },
  );
});

test("a second start changes nothing in the CRDs", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  // A port of its own, as in life: the CRDs name it.
  await cloud.startCore();
  const port = cloud.core.webhookPort;
  await cloud.core.stop();
  await cloud.startCore({ webhook: { port } });
  const said = cloud.log.entries.map((entry) => entry.message);
  assert.equal(said.filter((message) => message === "CRD installed").length, 6);
  assert.equal(said.filter((message) => message === "CRD updated").length, 0);
});
