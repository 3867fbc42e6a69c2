import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type Device,
  type DeviceModel,
  type DeviceStatus,
  type Envelope,
  MapperkitError,
  makeEnvelope,
} from "@mapperkit/api";
import { createRandom, silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceController } from "./device-controller.ts";
import type { DeviceTransition } from "./status/status-transitions.ts";
import type { StatusStore } from "./status/status-writer.ts";

const model: DeviceModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "lamp", namespace: "default", uid: "m", resourceVersion: "1" },
  spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadWrite" }] },
};
const lamp: Device = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { name: "lamp", namespace: "default", uid: "u", resourceVersion: "1", generation: 1 },
  spec: { nodeName: "e1", deviceModelRef: { name: "lamp" } },
};

/** Kubernetes as far as it holds one device's status; fails as often as it is told to. */
class FakeStore implements StatusStore {
  held: Device = lamp;
  readonly patches: DeviceStatus[] = [];
  readonly failures: MapperkitError[] = [];

  async mergeStatus(_: Device, part: DeviceStatus): Promise<Device> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.patches.push(part);
    const resourceVersion = String(Number(this.held.metadata.resourceVersion) + 1);
    const metadata = { ...this.held.metadata, resourceVersion };
    this.held = { ...this.held, metadata, status: { ...this.held.status, ...part } };
    return this.held;
  }
}

const membershipRequest = makeEnvelope({
  id: "detail",
  timestamp: 1,
  source: "twin",
  group: "resource",
  operation: "get",
  resource: "membership/detail",
  content: {},
});

async function scene(t: TestContext, { isConnected = true } = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const store = new FakeStore();
  const confirmed: string[] = [];
  const given: Device[] = [];
  const transitions: DeviceTransition[] = [];
  const controller = new DeviceController({
    link: {
      isConnected: () => true,
      send: (_, { header, route }: Envelope) => {
        if (route.resource === "twin") confirmed.push(header.parent_msg_id ?? "");
      },
      put: (_, __, { content }: Envelope) => {
        given.push(content as Device);
      },
    },
    store,
    transitions: { record: (_, transition) => transitions.push(transition) },
    statusIntervalMs: 1_000,
    clock,
    random: createRandom(1),
    log: silentLog,
  });
  await controller.start(new AbortController().signal);
  t.after(() => controller.stop());
  controller.modelSeen(model);
  controller.deviceSeen(lamp);
  if (isConnected) {
    controller.nodeConnected("e1");
    await clock.advance(60_000);
    store.patches.length = 0;
  }
  const report = (id: string, value: string, twin: object = { actual: { value } }) => {
    const content = { event_id: "", timestamp: 1, twin: { power: twin } };
    const resource = "device/default/lamp/twin/edge_updated";
    const route = { source: "twin", group: "resource", operation: "update", resource };
    controller.messageArrived("e1", makeEnvelope({ id, timestamp: 1, content, ...route }));
  };
  const values = () => store.patches.map((part) => part.twins?.[0]?.reported?.value);
  return { clock, store, controller, confirmed, given, transitions, report, values };
}

test("the first change at once, then one patch per interval, with the newest value", async (t) => {
  const { clock, report, values, confirmed } = await scene(t);
  for (let i = 0; i < 300; i++) {
    report(`r${i}`, String(i));
    await clock.advance(10);
  }
  await clock.advance(1_000);
  assert.deepEqual(values(), ["0", "99", "199", "299"]);
  assert.equal(confirmed.length, 300);
});

test("equal values are confirmed and not patched", async (t) => {
  const { clock, report, values, confirmed } = await scene(t);
  report("a", "1");
  await clock.advance(2_000);
  report("b", "1");
  await clock.advance(2_000);
  assert.deepEqual(values(), ["1"]);
  assert.deepEqual(confirmed, ["a", "b"]);
});

for (const [what, error] of [
  ["a conflict", new MapperkitError("conflict", "409")],
  ["an unreachable server", new MapperkitError("unreachable", "500")],
  [
    "a server that asks for a pause",
    new MapperkitError("unreachable", "429", { details: { retryAfterMs: 3_000 } }),
  ],
  ["a missing permission", new MapperkitError("rejected", "403")],
] as const) {
  test(`${what}: not confirmed until Kubernetes holds the newest value`, async (t) => {
    const { clock, report, store, values, confirmed } = await scene(t);
    store.failures.push(error);
    report("a", "1");
    await clock.advance(0);
    assert.deepEqual(confirmed, []);
    report("b", "2");
    await clock.advance(60_000);
    assert.deepEqual(values(), ["2"]);
    assert.deepEqual(confirmed, ["a", "b"]);
  });
}

test("a status that Kubernetes finds invalid is confirmed, and the next value goes through", async (t) => {
  const { clock, report, store, values, confirmed } = await scene(t);
  store.failures.push(new MapperkitError("invalid_input", "422"));
  report("a", "1");
  await clock.advance(5_000);
  assert.deepEqual(confirmed, ["a"]);
  report("b", "2");
  await clock.advance(5_000);
  assert.deepEqual(values(), ["2"]);
});

test("a store that prunes what was written is not written to for ever", async (t) => {
  const { clock, report, store } = await scene(t);
  const merge = store.mergeStatus.bind(store);
  store.mergeStatus = (device, part) => {
    const twins = part.twins?.map(({ propertyName }) => ({ propertyName }));
    return merge(device, { ...part, ...(twins && { twins }) });
  };
  report("a", "1");
  await clock.advance(60_000);
  assert.equal(store.patches.length, 1);
});

test("reports of a deleted device are confirmed; its successor begins anew", async (t) => {
  const { clock, report, store, controller, confirmed } = await scene(t);
  store.failures.push(...Array.from({ length: 50 }, () => new MapperkitError("not_found", "404")));
  report("a", "1");
  await clock.advance(2_000);
  controller.deviceGone(store.held);
  await clock.advance(0);
  assert.deepEqual(confirmed, ["a"]);
  store.failures.length = 0;
  store.held = { ...lamp, metadata: { ...lamp.metadata, uid: "another", resourceVersion: "500" } };
  controller.deviceSeen(store.held);
  await clock.advance(5_000);
  assert.deepEqual(store.held.status?.twins ?? [], []);
});

test("while the model is away no value is lost; when it is back, it says what a device has", async (t) => {
  const { clock, report, controller, values, store } = await scene(t);
  controller.modelGone(model);
  report("a", "1");
  await clock.advance(5_000);
  assert.ok(values().includes("1"));
  controller.modelSeen({ ...model, spec: { properties: [] } });
  await clock.advance(5_000);
  assert.deepEqual(store.held.status?.twins, []);
});

test("a node that only redials changes nothing; one that stays away makes a condition and an Event", async (t) => {
  const { clock, store, controller, transitions } = await scene(t);
  const reachable = () => store.held.status?.conditions?.find((c) => c.type === "Reachable");
  assert.equal(reachable()?.status, "True");
  controller.nodeDisconnected("e1");
  await clock.advance(2_000);
  controller.nodeConnected("e1");
  await clock.advance(10_000);
  assert.equal(store.patches.length, 0);
  controller.nodeDisconnected("e1");
  await clock.advance(7_000);
  assert.equal(reachable()?.status, "False");
  assert.deepEqual(
    transitions.map(({ reason }) => reason),
    ["NodeDisconnected"],
  );
});

test("after a start nobody is called away before nodes had time to dial", async (t) => {
  const { clock, store } = await scene(t, { isConnected: false });
  const reachable = () => store.held.status?.conditions?.find((c) => c.type === "Reachable");
  await clock.advance(14_000);
  assert.equal(reachable()?.status, "Unknown");
  await clock.advance(2_000);
  assert.equal(reachable()?.reason, "NodeDisconnected");
});

test("an edit that is first seen in the answer to a status patch goes down too", async (t) => {
  const { clock, store, controller, given, report } = await scene(t);
  controller.messageArrived("e1", membershipRequest);
  await clock.advance(5_000);
  const properties = [{ name: "power", desired: { value: "ON" } }];
  const metadata = { ...store.held.metadata, generation: 2 };
  store.held = { ...store.held, metadata, spec: { ...lamp.spec, properties } };
  report("r1", "1");
  await clock.advance(1_000);
  assert.deepEqual(given.at(-1)?.spec?.properties, properties);
});
