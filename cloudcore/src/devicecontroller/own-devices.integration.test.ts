import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { DEVICES } from "../kube/index.ts";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { TestCloud } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";

const signal = new AbortController().signal;

test("a node is told of its own devices only, and what it says of another's is refused and counted", async (t) => {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.startCore({ monitor: { port: 0 } });
  const device = {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "counter", namespace: "default" },
    spec: { nodeName: "victim", properties: [{ name: "status", desired: { value: "OFF" } }] },
  };
  await cloud.client.create(DEVICES, device, { signal });
  const thief = await ScriptedEdge.dial(cloud.core.hubPort, "thief");
  t.after(() => thief.close());
  thief.askForDevices();
  const list = await thief.got("update", "membership/detail");
  assert.deepEqual((list.content as { devices: [] }).devices, []);
  const report = thief.report("default/counter", { status: { actual: { value: "stolen" } } });
  const state = thief.state("default/counter", "online");
  await until("both confirmations", () => thief.isConfirmed(report) && thief.isConfirmed(state));
  await cloud.clock.sleep(200);
  const held = await cloud.device();
  assert.ok(!JSON.stringify(held.status ?? {}).includes("stolen"));
  assert.equal(held.status?.state, undefined);
  const metrics = await fetch(`http://127.0.0.1:${cloud.core.monitorPort}/metrics`);
  assert.match(await metrics.text(), /^mapperkit_cloud_refused_reports_total 2$/m);
  const logged = cloud.log.entries.filter(({ message }) => message === "a report was dropped");
  assert.deepEqual(
    logged.map(({ fields }) => [fields?.node, fields?.device, fields?.reason]),
    Array(2).fill(["thief", "default/counter", "the device belongs to another node"]),
  );
  assert.ok(!thief.received.some(({ route }) => route.resource?.includes("device/counter")));
});
