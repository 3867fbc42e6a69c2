import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Envelope, MsgTwin } from "@mapperkit/api";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { DEVICE_MODELS, DEVICES, NODES } from "../kube/index.ts";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { TestCloud } from "../testing/test-cloud.ts";
import { until } from "../testing/until.ts";

const signal = new AbortController().signal;
const GROUP = "devices.kubeedge.io/v1beta1";

/** The twin worker of a stock edge, as far as the cloud's messages meet it (mqtt-topics §2.6). */
class StockTwins {
  /** What it would publish as documents on MQTT. */
  readonly documents: string[] = [];
  readonly expected = new Map<
    string,
    { value: string; version: { cloud: number; edge: number } }
  >();
  readonly panics: string[] = [];
  /** Twins with a version that was too old, answered with its own. */
  refusals = 0;
  readonly #edge: ScriptedEdge;
  #read = 0;

  constructor(edge: ScriptedEdge) {
    this.#edge = edge;
  }

  /** Works on what has come since the last call. */
  work(): void {
    for (const message of this.#edge.received.slice(this.#read)) this.#take(message);
    this.#read = this.#edge.received.length;
  }

  #take({ route, content }: Envelope): void {
    if (route.resource !== "membership" || route.group !== "twin") return;
    const { added_devices: added } = content as {
      added_devices: { id: string; twin?: Record<string, MsgTwin> }[] | null;
    };
    for (const { id, twin } of added ?? []) {
      if (!twin) this.panics.push("a spurious 400: no twin");
      for (const [name, each] of Object.entries(twin ?? {})) this.#takeTwin(id, name, each);
    }
  }

  #takeTwin(device: string, name: string, twin: MsgTwin): void {
    const { expected, expected_version: version, metadata } = twin;
    if (!metadata || !version || !expected?.value || twin.optional !== false || twin.actual) {
      this.panics.push(JSON.stringify(twin));
      return;
    }
    const held = this.expected.get(name);
    if (held && (version.cloud < held.version.cloud || version.edge < held.version.edge)) {
      const { value } = held;
      this.refusals += 1;
      this.#edge.report(device, {
        [name]: { expected: { value }, expected_version: held.version },
      });
      return;
    }
    this.expected.set(name, { value: expected.value, version });
    this.documents.push(`${name}=${expected.value} as ${metadata.type}`);
  }
}

async function setUp(t: TestContext) {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.startCore();
  const properties = [
    { name: "status", type: "STRING", accessMode: "ReadWrite" },
    { name: "rate", type: "DOUBLE", accessMode: "ReadWrite", maximum: "10" },
    { name: "level", type: "INT", accessMode: "ReadWrite", maximum: "9" },
  ];
  const metadata = { name: "counter-model", namespace: "default" };
  const model = { apiVersion: GROUP, kind: "DeviceModel", metadata, spec: { properties } };
  await cloud.client.create(DEVICE_MODELS, model, { signal });
  const desired = (values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => ({ name, desired: { value } }));
  const create = async (values: Record<string, string>) => {
    const spec = {
      deviceModelRef: { name: "counter-model" },
      nodeName: "edge-1",
      properties: desired(values),
    };
    const named = { name: "counter", namespace: "default" };
    await cloud.client.create(
      DEVICES,
      { apiVersion: GROUP, kind: "Device", metadata: named, spec },
      { signal },
    );
  };
  const edit = (values: Record<string, string>) =>
    cloud.patchDevice({ spec: { properties: desired(values) } });
  const dial = async () => {
    const edge = await ScriptedEdge.dial(cloud.core.hubPort, "edge-1");
    t.after(() => edge.close());
    edge.askForDevices();
    await edge.got("update", "membership/detail");
    const twins = new StockTwins(edge);
    const shows = (line: string) =>
      until(`${line}, so far ${twins.documents}`, () => {
        twins.work();
        return twins.documents.at(-1) === line;
      });
    return { edge, twins, shows };
  };
  return { cloud, create, edit, dial };
}

test("rules 12, 13 and 17: an edit of desired reaches MQTT on a stock edge, in its types and without what would harm it", async (t) => {
  const { create, edit, dial } = await setUp(t);
  await create({ status: "OFF" });
  const { twins, shows, edge } = await dial();
  await edge.got("insert", "default/device/counter");
  await shows("status=OFF as string");
  await edit({ status: "ON", rate: "1.5" });
  await shows("rate=1.5 as float");
  assert.equal(twins.expected.get("status")?.value, "ON");
  await edit({ status: "ON", rate: "99" });
  const text = `{"a":"ü"} ${"x".repeat(600)}`;
  await edit({ status: text, rate: "99", level: "" });
  await shows(`status=${text} as string`);
  assert.equal(twins.expected.get("rate")?.value, "1.5", "what the model forbids is not sent");
  assert.deepEqual(twins.panics, []);
  assert.equal(
    edge.received.some(({ route }) => route.resource?.includes("cloud_updated")),
    false,
  );
});

test("rule 14: after an edit at the edge, with any versions, the cloud's next value is taken", async (t) => {
  const { create, edit, dial } = await setUp(t);
  await create({ status: "OFF" });
  const { twins, shows } = await dial();
  await shows("status=OFF as string");
  const ahead = Date.now() + 86_400_000;
  twins.expected.set("status", { value: "edge", version: { cloud: ahead, edge: ahead + 5 } });
  await edit({ status: "ON" });
  await shows("status=ON as string");
  const { version } = twins.expected.get("status")!;
  assert.ok(version.cloud > ahead && version.edge > ahead + 5);
  await edit({ status: "OFF" });
  await shows("status=OFF as string");
});

test("rules 15 and 16: on a new connection everything is told anew with the same version, and reported proves it", async (t) => {
  const { cloud, create, dial } = await setUp(t);
  await create({ status: "ON" });
  const first = await dial();
  await first.shows("status=ON as string");
  const before = first.twins.expected.get("status")!.version;
  first.edge.close();
  const second = await dial();
  await second.shows("status=ON as string");
  const after = second.twins.expected.get("status")!.version;
  assert.equal(after.cloud, before.cloud);
  assert.ok(after.edge >= before.edge);
  second.edge.report("default/counter", {
    status: { actual: { value: "ON" }, metadata: { type: "string" } },
  });
  const device = await cloud.deviceWith("Applied", ({ status }) =>
    Boolean(status?.twins?.some(({ phase }) => phase?.name === "Applied")),
  );
  assert.equal(device.status?.twins?.[0]?.phase?.version, before.cloud);
});

test("rule 18: an envelope without route, as a stock edge sends when it is stopped, ends nothing", async (t) => {
  const { create, dial } = await setUp(t);
  const { edge, shows } = await dial();
  edge.sendRaw('{"route":{},"content":null}');
  await create({ status: "ON" });
  await shows("status=ON as string");
});

test("rule 16: a stock edge that reports nothing is asked once, and its answer is the proof", async (t) => {
  const { cloud, create, dial } = await setUp(t);
  await create({ status: "ON" });
  const { twins, shows } = await dial();
  await shows("status=ON as string");
  const shown = twins.documents.length;
  await until("the probe", () => {
    twins.work();
    return twins.refusals > 0;
  });
  const device = await cloud.deviceWith("the proof", ({ status }) =>
    Boolean(status?.twins?.some(({ phase }) => phase?.reason === "HeldByEdge")),
  );
  assert.equal(device.status?.twins?.[0]?.phase?.name, "Pending");
  assert.equal(device.status?.twins?.[0]?.observedDesired?.value, "ON");
  assert.deepEqual([twins.refusals, twins.documents.length, twins.panics], [1, shown, []]);
});

for (const { release, id, objects } of [
  { release: "v1.32.10-kubeedge-v1.23.1", id: "default/counter", objects: 2 },
  { release: "v1.24.14-kubeedge-v1.15.4", id: "counter", objects: 2 },
  { release: "v1.19.3-kubeedge-v1.9.5", id: "counter", objects: 0 },
]) {
  test(`rule 12: ${release} knows the device as ${id} and is given ${objects} objects`, async (t) => {
    const { cloud, create } = await setUp(t);
    const metadata = { name: "edge-1" };
    await cloud.client.create(NODES, { apiVersion: "v1", kind: "Node", metadata }, { signal });
    const patch = { status: { nodeInfo: { kubeletVersion: release } } };
    await cloud.client.mergePatch(NODES, metadata, { patch, subresource: "status", signal });
    await create({ status: "ON" });
    const edge = await ScriptedEdge.dial(cloud.core.hubPort, "edge-1");
    t.after(() => edge.close());
    // As an edge does that was there all the time; the cloud looks its release up meanwhile.
    await cloud.clock.sleep(100);
    edge.askForDevices();
    await until("the desired value", () =>
      edge.received.some(({ route, content }) => {
        const { added_devices: added } = content as { added_devices?: { id: string }[] };
        return route.resource === "membership" && added?.[0]?.id === id;
      }),
    );
    edge.report(id, { status: { actual: { value: "ON" }, metadata: { type: "string" } } });
    await cloud.deviceWith("the report", ({ status }) =>
      Boolean(status?.twins?.some(({ reported }) => reported?.value === "ON")),
    );
    const given = edge.received.filter(({ route }) =>
      /^default\/device(model)?\//.test(route.resource ?? ""),
    );
    assert.equal(given.length, objects);
  });
}
