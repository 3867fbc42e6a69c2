import assert from "node:assert/strict";
import { test } from "node:test";
import mqtt from "mqtt";
import { eventually } from "./harness/eventually.ts";
import { freePorts } from "./harness/free-ports.ts";
import { KubeHttp } from "./harness/kube-http.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const API = "/apis/devices.kubeedge.io/v1beta1/namespaces/default";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kubeedge/leases";
const head = { apiVersion: "devices.kubeedge.io/v1beta1" };

interface Status {
  readonly status?: {
    readonly twins?: { readonly reported?: { readonly value: string } }[];
    readonly conditions?: { readonly type: string; readonly status: string }[];
  };
}

test("of two cloudcores one is killed: its edge goes on at the other, which then leads", async () => {
  using folder = new ScratchFolder();
  await using parts = new AsyncDisposableStack();
  const [kubePort, hubPort, otherHub, mqttPort] = (await freePorts(4)).map(String) as [
    ...[string, string, string, string],
  ];
  const start = async (args: readonly string[], ready: RegExp) =>
    parts.use(await MapperkitProcess.start(args, ready));
  await start(["kube", "--data", folder.path, "--port", kubePort], /^kubernetes: /m);
  const kubeconfig = folder.join("kubeconfig");
  const cloud = (port: string) =>
    start(
      [
        ...["cloudcore", "--kubeconfig", kubeconfig, "--replicas", "several"],
        ...["--hub-port", port, "--webhook-port", "0", "--monitor-port", "0"],
      ],
      /^cloudcore: /m,
    );
  const first = await cloud(hubPort);
  await cloud(otherHub);
  using kube = new KubeHttp(kubeconfig);
  const properties = [{ name: "power", type: "STRING", accessMode: "ReadWrite" }];
  const model = { ...head, kind: "DeviceModel", metadata: { name: "lamp" }, spec: { properties } };
  await kube.post(`${API}/devicemodels`, model);
  const spec = { nodeName: "kube-edge-1", deviceModelRef: { name: "lamp" } };
  const device = { ...head, kind: "Device", metadata: { name: "lamp-1" }, spec };
  await kube.post(`${API}/devices`, device);

  const edgeArgs = (port: string) => [
    ...["edgecore", "--data", folder.path, "--mqtt-port", mqttPort],
    ...["--monitoring-port", "0", "--cloud", `ws://127.0.0.1:${port}`],
  ];
  const edge = await start(edgeArgs(hubPort), /^edgecore/m);
  const report = async (value: string) => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    const twin = { power: { actual: { value } } };
    const body = JSON.stringify({ event_id: "", timestamp: 0, twin });
    await client.publishAsync("$hw/events/device/default/lamp-1/twin/update", body, { qos: 1 });
    await client.endAsync();
  };
  const read = async () => (await kube.get(`${API}/devices/lamp-1`)).body as Status;
  const holds = (value: string) =>
    eventually(
      `Kubernetes holds ${value}`,
      async () => (await read()).status?.twins?.[0]?.reported?.value === value || undefined,
      30_000,
    );
  // The edge answers for its devices as soon as it knows them.
  await eventually("the node is reachable", async () => {
    const conditions = (await read()).status?.conditions;
    return conditions?.some((c) => c.type === "Reachable" && c.status === "True") || undefined;
  });
  await report("1");
  await holds("1");
  await first.end("SIGKILL");
  await report("2");
  // As a balancer in front of both would do: the edge dials the other one.
  await edge.end("SIGTERM");
  await start(edgeArgs(otherHub), /^edgecore/m);
  await holds("2");
  await report("3");
  await holds("3");
  await eventually(
    "the other one leads",
    async () => {
      const { items } = (await kube.get(LEASES)).body as {
        items: { metadata: { name: string }; spec: { holderIdentity: string } }[];
      };
      const alive = items.filter(({ metadata }) => metadata.name.startsWith("cloudcore-session."));
      const leader = items.find(({ metadata }) => metadata.name.startsWith("cloudcore-leader."));
      return leader?.spec.holderIdentity === alive[0]?.spec.holderIdentity || undefined;
    },
    60_000,
  );
  assert.equal((await read()).status?.twins?.[0]?.reported?.value, "3");
});
