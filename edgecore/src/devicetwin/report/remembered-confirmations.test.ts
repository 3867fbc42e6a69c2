import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel, Envelope, TwinUpdate } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceTwins } from "../device-twins.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

const lamp = "default/lamp";
const model = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { namespace: "default", name: "lamp" },
  spec: {
    properties: ["level", "power", "secret"].map((name) => ({
      name,
      type: "STRING",
      accessMode: "ReadWrite",
    })),
  },
} as DeviceModel;

function objectOf(uid: string, isSecret: boolean): Device {
  const properties = [{ name: "secret", reportToCloud: !isSecret }, { name: "level" }];
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { namespace: "default", name: "lamp", uid, generation: 1 },
    spec: { deviceModelRef: { name: "lamp" }, properties },
  } as Device;
}

class Cloud {
  readonly sent: Envelope[] = [];

  send(envelope: Envelope): boolean {
    this.sent.push(envelope);
    return true;
  }

  /** Values by property of all twin reports, and states, in the order in which they came. */
  told(): string[] {
    return this.sent.flatMap(({ content }) => {
      if (typeof content === "string") return [`is ${JSON.parse(content).device.state}`];
      const { twin } = content as TwinUpdate;
      return Object.entries(twin).map(([name, value]) => `${name} ${value?.actual?.value}`);
    });
  }
}

async function startEdge(store: MemoryTwinStore) {
  const clock = new VirtualClock(1_700_000_000_000);
  const publisher = { publish: () => {} };
  const twins = new DeviceTwins({ store, publisher, maxValueBytes: 99, clock, log: silentLog });
  await twins.start(new AbortController().signal);
  const report = (values: Record<string, string>) => {
    const twin = Object.entries(values).map(([name, value]) => [name, { actual: { value } }]);
    return publishUpdate({ twin: Object.fromEntries(twin) }, "twin/update");
  };
  const publishUpdate = async (body: object, action: string) => {
    const text = JSON.stringify({ event_id: "1", timestamp: 0, ...body });
    await twins.handle(`$hw/events/device/${lamp}/${action}`, Buffer.from(text));
  };
  const say = (state: string) => publishUpdate({ state }, "state/update");
  const put = async (device: Device) => {
    await twins.put(model);
    await twins.put(device);
  };
  const link = async () => {
    const cloud = new Cloud();
    twins.connected(cloud);
    await turns();
    return cloud;
  };
  const pass = async (ms: number) => {
    await clock.advance(ms);
    await turns();
  };
  return { twins, report, say, put, link, pass };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 8; n++) await new Promise((resolve) => setImmediate(resolve));
}

test("after a restart only what the cloud has not confirmed goes up", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", false));
  const cloud = await first.link();
  await first.report({ level: "1", power: "on" });
  await first.say("online");
  await turns();
  for (const { header } of cloud.sent) first.twins.confirm(header.msg_id);
  await first.report({ power: "off" });
  await first.pass(1_000);
  const restarted = await startEdge(store);
  assert.deepEqual((await restarted.link()).told(), ["power off"]);
});

test("a confirmation that a crash lost costs one more report", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", false));
  const cloud = await first.link();
  await first.report({ level: "1" });
  await turns();
  for (const { header } of cloud.sent) first.twins.confirm(header.msg_id);
  const restarted = await startEdge(store);
  assert.deepEqual((await restarted.link()).told(), ["level 1"]);
});

test("an edge that ends well has written down the last confirmations", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", false));
  const cloud = await first.link();
  await first.report({ level: "1" });
  await turns();
  for (const { header } of cloud.sent) first.twins.confirm(header.msg_id);
  await first.twins.stop();
  assert.deepEqual((await (await startEdge(store)).link()).told(), []);
});

test("a value that changes between its report and the confirmation stays unconfirmed", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", false));
  const cloud = await first.link();
  await first.report({ level: "1" });
  await turns();
  for (const { header } of cloud.sent) first.twins.confirm(header.msg_id);
  first.twins.disconnected();
  await first.report({ level: "2" });
  await first.pass(1_000);
  assert.deepEqual((await (await startEdge(store)).link()).told(), ["level 2"]);
});

test("the status of a Device made anew is empty: all goes up, also after a crash", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", false));
  const cloud = await first.link();
  await first.report({ level: "1" });
  await first.say("online");
  await turns();
  for (const { header } of cloud.sent) first.twins.confirm(header.msg_id);
  await first.pass(1_000);
  first.twins.disconnected();
  await first.put(objectOf("u2", false));
  const restarted = await startEdge(store);
  assert.deepEqual((await restarted.link()).told(), ["level 1", "is online"]);
});

test("a value that was held back goes up as soon as it may", async () => {
  const store = new MemoryTwinStore();
  const first = await startEdge(store);
  await first.put(objectOf("u1", true));
  await first.report({ secret: "x" });
  const restarted = await startEdge(store);
  await restarted.put(objectOf("u1", true));
  const cloud = await restarted.link();
  assert.deepEqual(cloud.told(), []);
  await restarted.put(objectOf("u1", false));
  await turns();
  assert.deepEqual(cloud.told(), ["secret x"]);
});
