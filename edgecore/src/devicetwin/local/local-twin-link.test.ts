import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Device, DeviceAnnouncement, DeviceModel, MsgTwin } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceTwins } from "../device-twins.ts";
import type { Publication } from "../publication.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

const LAMP = "default/lamp";
const api = { apiVersion: "devices.kubeedge.io/v1beta1" };
const metadata = { namespace: "default", name: "lamp", uid: "u1", generation: 1 };
const model = {
  ...api,
  kind: "DeviceModel",
  metadata,
  spec: {
    properties: [
      { name: "power", type: "STRING", accessMode: "ReadWrite" },
      { name: "level", type: "INT", accessMode: "ReadWrite", maximum: "9" },
    ],
  },
} as DeviceModel;

function lamp(power: string, generation: number): Device {
  const properties = [{ name: "power", desired: { value: power } }];
  const spec = { deviceModelRef: { name: "lamp" }, properties };
  return { ...api, kind: "Device", metadata: { ...metadata, generation }, spec } as Device;
}

class Mapper {
  readonly heard: string[] = [];
  readonly announced: string[] = [];
  linkUp = () => {
    this.heard.push("up");
  };
  deviceAnnounced = ({ device, generation }: DeviceAnnouncement, node: string) => {
    this.announced.push(`${device.metadata.name} ${generation} of ${node}`);
  };
  deviceGone = (id: string) => {
    this.announced.push(`${id} gone`);
  };
  twinHeard = (_: string, property: string, twin: MsgTwin | null) => {
    this.heard.push(`${property} ${twin?.expected?.value} ${twin?.actual?.value}`);
  };
}

async function setUp(t: TestContext) {
  const store = new MemoryTwinStore();
  const published: Publication[] = [];
  const twins = new DeviceTwins({
    store,
    publisher: { publish: (publications) => published.push(...publications) },
    maxValueBytes: 64,
    clock: new VirtualClock(1_700_000_000_000),
    log: silentLog,
  });
  await twins.start(t.signal);
  t.after(() => twins.stop());
  await twins.put(model);
  await twins.put(lamp("ON", 1));
  const mapper = new Mapper();
  const link = twins.openLink("edge-1");
  const stop = new AbortController();
  const served = link.serve(mapper, stop.signal);
  t.after(() => stop.abort());
  await turns();
  const end = async () => {
    stop.abort();
    await served;
  };
  const ask = async (action: string, body: object) => {
    const text = JSON.stringify({ event_id: "1", timestamp: 0, ...body });
    return await twins.handle(`$hw/events/device/${LAMP}/${action}`, Buffer.from(text));
  };
  return { store, twins, published, mapper, link, end, ask };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}

test("a mapper hears of the devices, of their changes and their end", async (t) => {
  const { twins, mapper } = await setUp(t);
  await twins.put(lamp("ON", 2));
  await twins.remove("Device", LAMP);
  assert.deepEqual(mapper.announced, ["lamp 1 of edge-1", "lamp 2 of edge-1", "default/lamp gone"]);
});

test("a watched device's twin is told, and every change whoever made it", async (t) => {
  const { twins, mapper, link, ask } = await setUp(t);
  const leave = link.watch(LAMP);
  await turns();
  await twins.put(lamp("OFF", 2));
  await link.report(LAMP, { power: { actual: { value: "OFF" } } });
  await ask("twin/update", { twin: { power: { expected: { value: "DIM" } } } });
  leave();
  await twins.put(lamp("ON", 3));
  assert.deepEqual(mapper.heard, [
    "up",
    "power ON undefined",
    "power OFF undefined",
    "power OFF OFF",
    "power DIM OFF",
  ]);
});

test("a watched device that the edge does not know is gone", async (t) => {
  const { mapper, link } = await setUp(t);
  link.watch("default/nobody");
  assert.deepEqual(mapper.announced.at(-1), "default/nobody gone");
});

test("a report is durable when it resolves, and MQTT clients read it as from any mapper", async (t) => {
  const { store, published, link, ask } = await setUp(t);
  published.length = 0;
  const twin = { power: { actual: { value: "ON" } }, level: { actual: { value: "x" } } };
  const refused = await link.report(LAMP, twin);
  assert.match(refused.level?.reason ?? "", /the value is not int/);
  const [stored] = await store.load();
  assert.equal(stored?.twin.get("power")?.actual?.value, "ON");
  assert.deepEqual(
    published.map((publication) => publication.kind === "notice" && publication.action),
    ["twin/update/document"],
  );
  const [answer] = (await ask("twin/get", {})) ?? [];
  const body = answer?.body as { twin: Record<string, MsgTwin> };
  assert.equal(body.twin.power?.actual?.value, "ON");
  // The mapper's own objects are left as they were.
  assert.deepEqual(twin.power, { actual: { value: "ON" } });
});

test("what the edge refuses as a whole is told by the error's code", async (t) => {
  const { twins, store, link } = await setUp(t);
  const report = (twin: unknown, id: typeof LAMP | "default/no" = LAMP) =>
    link.report(id, twin as Record<string, MsgTwin>);
  const good = { power: { actual: { value: "ON" } } };
  await assert.rejects(report(good, "default/no"), { code: "not_found" });
  await assert.rejects(report({ power: { actual: { value: 7 } } }), { code: "rejected" });
  store.fail(new Error("disk full"));
  await assert.rejects(report(good), { code: "unreachable", message: /disk full/ });
  store.fail(undefined);
  assert.deepEqual(await report(good), {});
  await twins.stop();
  assert.equal(link.isUp, false);
  await assert.rejects(report(good), { code: "unreachable" });
});

test("a mapper whose session ends leaves its devices offline", async (t) => {
  const { twins, link, end, ask } = await setUp(t);
  await link.setState(LAMP, "online");
  await end();
  const [answer] = (await ask("state/get", {})) ?? [];
  const body = answer?.body as { device: { state: string } } | undefined;
  assert.equal(body?.device.state, "offline");
  assert.equal(link.isUp, false);
  const next = twins.openLink("edge-1");
  const mapper = new Mapper();
  const stop = new AbortController();
  const served = next.serve(mapper, stop.signal);
  await turns();
  assert.deepEqual(mapper.announced, ["lamp 1 of edge-1"]);
  stop.abort();
  await served;
});
