import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { createCloudCore } from "../cloud-core.ts";
import { cloudCoreConfig } from "../cloud-core-config.ts";
import { DEVICE_MODELS, DEVICES } from "../kube/index.ts";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { TestCloud } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";

const signal = new AbortController().signal;
const GROUP = "devices.kubeedge.io/v1beta1";

async function twoReplicas(t: TestContext) {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.startCore({ replicas: "several" });
  const config = cloudCoreConfig.parse({
    kubeconfig: cloud.kubeconfig,
    hub: { port: 0 },
    webhook: { enabled: false },
    crds: "keep",
    statusIntervalMs: 50,
    replicas: "several",
  });
  const second = createCloudCore(config, {
    clock: cloud.clock,
    random: createRandom(2),
    log: cloud.log,
  });
  await second.start(signal);
  t.after(() => second.stop());
  const metadata = { name: "lamp", namespace: "default" };
  const properties = [{ name: "power", type: "STRING", accessMode: "ReadWrite" }];
  const model = { apiVersion: GROUP, kind: "DeviceModel", metadata, spec: { properties } };
  await cloud.client.create(DEVICE_MODELS, model, { signal });
  const spec = { nodeName: "e1", deviceModelRef: { name: "lamp" } };
  const named = { name: "counter", namespace: "default" };
  const device = { apiVersion: GROUP, kind: "Device", metadata: named, spec };
  await cloud.client.create(DEVICES, device, { signal });
  const dial = async (port: number) => {
    const edge = await ScriptedEdge.dial(port, "e1");
    t.after(() => edge.close());
    edge.askForDevices();
    await edge.got("update", "membership/detail");
    return edge;
  };
  const reports = async (edge: ScriptedEdge, value: string) => {
    const id = edge.report("default/counter", { power: { actual: { value } } });
    await until(`the confirmation of ${value}`, () => edge.isConfirmed(id));
    const device = await cloud.device();
    assert.equal(device.status?.twins?.[0]?.reported?.value, value);
  };
  return { cloud, first: cloud.core, second, dial, reports };
}

test("a node may dial any replica: its reports find Kubernetes, edits find it, older ones never win", async (t) => {
  const { cloud, first, second, dial, reports } = await twoReplicas(t);
  const atSecond = await dial(second.hubPort);
  await reports(atSecond, "1");
  await reports(atSecond, "2");
  atSecond.close();
  const atFirst = await dial(first.hubPort);
  await reports(atFirst, "3");
  const again = await dial(second.hubPort);
  await until("the older session to end", () => !atFirst.isOpen);
  const properties = [{ name: "power", desired: { value: "ON" } }];
  await cloud.patchDevice({ spec: { properties } });
  await again.got("update", "default/device/counter");
  await cloud.deviceWith("the phase beside the value", ({ status }) =>
    Boolean(status?.twins?.some((twin) => twin.phase && twin.reported?.value === "3")),
  );
  await reports(again, "4");
});

test("one replica ends: its node goes on at the other, which then answers for all", async (t) => {
  const { cloud, first, second, dial, reports } = await twoReplicas(t);
  const edge = await dial(first.hubPort);
  await reports(edge, "1");
  await first.stop();
  await until("the edge to be cut", () => !edge.isOpen);
  const moved = await dial(second.hubPort);
  await reports(moved, "2");
  moved.close();
  await cloud.deviceWith("an unreachable node", ({ status }) =>
    Boolean(status?.conditions?.some((c) => c.type === "Reachable" && c.status === "False")),
  );
  const device = await cloud.device();
  assert.equal(device.status?.twins?.[0]?.reported?.value, "2");
});
