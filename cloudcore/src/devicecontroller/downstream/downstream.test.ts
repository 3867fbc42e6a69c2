import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel, Envelope } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceCatalog } from "../device-catalog.ts";
import { DeviceMemories } from "../upstream/device-memories.ts";
import { Downstream } from "./downstream.ts";
import { bucketDigests } from "./inventory/index.ts";
import { StockDesired } from "./stock-desired.ts";

class FakeLink {
  readonly lines: string[] = [];
  isConnected(): boolean {
    return true;
  }
  send(node: string, { route, header, content }: Envelope): void {
    const parent = header.parent_msg_id ? ` to ${header.parent_msg_id}` : "";
    const body = content as Record<string, { id: string }[] | null>;
    const ids = (list: { id: string }[] | null | undefined) => list?.map((each) => each.id).join();
    const what =
      content === "OK"
        ? "OK"
        : route.resource === "membership/inventory"
          ? `${(body.buckets ?? []).length} buckets`
          : (ids(body.devices ?? body.added_devices) ?? `-${ids(body.removed_devices)}`);
    this.lines.push(`${node} ${route.operation} ${route.resource}${parent} ${what}`);
  }
  put(node: string, key: string, { route }: Envelope): void {
    assert.equal(key, route.resource);
    this.lines.push(`${node} ${route.operation} ${route.resource}`);
  }
}

const model = (name: string, resourceVersion = "1", description = ""): DeviceModel => ({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name, namespace: "default", uid: `m-${name}`, resourceVersion },
  spec: { properties: [{ name: "power", description }] },
});
const device = (
  name: string,
  nodeName: string,
  more: Partial<Device["metadata"]> = {},
): Device => ({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: {
    name,
    namespace: "default",
    uid: `u-${name}`,
    resourceVersion: "1",
    generation: 1,
    ...more,
  },
  spec: { nodeName, deviceModelRef: { name: "lamp" } },
});

function scene() {
  const link = new FakeLink();
  const held = new Map<string, string>();
  const catalog = new DeviceCatalog();
  const memories = new DeviceMemories();
  const clock = new VirtualClock();
  const downstream = new Downstream({
    ...{ catalog, link, clock, log: silentLog },
    held: { heldBy: () => held },
    stock: new StockDesired({ catalog, memories, link, onTwinsSent: () => {}, clock }),
  });
  const sent = () => link.lines.splice(0);
  return { catalog, downstream, held, sent };
}

test("a node that asks is answered twice, then gets models before devices", () => {
  const { catalog, downstream, sent } = scene();
  catalog.putModel(model("lamp"));
  catalog.putDevice(device("a", "e1"));
  catalog.putDevice(device("b", "e1"));
  catalog.putDevice(device("c", "e2"));
  downstream.nodeConnected("e1");
  downstream.answerMembership("e1", "q1");
  assert.deepEqual(sent(), [
    "e1 response membership/detail to q1 OK",
    "e1 update membership/detail default/a,default/b",
    "e1 insert default/devicemodel/lamp",
    "e1 insert default/device/a",
    "e1 insert default/device/b",
  ]);
  downstream.syncNode("e1");
  assert.deepEqual(sent(), []);
});

test("a device before its model, then the model; status changes are not sent", () => {
  const { catalog, downstream, sent } = scene();
  downstream.nodeConnected("e1");
  downstream.answerMembership("e1", "q");
  sent();
  catalog.putDevice(device("a", "e1"));
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), ["e1 update membership default/a", "e1 insert default/device/a"]);
  catalog.putModel(model("lamp"));
  downstream.syncModel("default/lamp");
  assert.deepEqual(sent(), ["e1 insert default/devicemodel/lamp"]);
  catalog.putDevice({
    ...device("a", "e1", { resourceVersion: "2" }),
    status: { state: "online" },
  });
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), []);
  catalog.putModel(model("lamp", "3", "changed"));
  downstream.syncModel("default/lamp");
  assert.deepEqual(sent(), ["e1 update default/devicemodel/lamp"]);
});

test("moved, then deleted: taken from the one node, given to the other, models along", () => {
  const { catalog, downstream, sent } = scene();
  catalog.putModel(model("lamp"));
  catalog.putDevice(device("a", "e1"));
  for (const node of ["e1", "e2"]) {
    downstream.nodeConnected(node);
    downstream.answerMembership(node, "q");
  }
  sent();
  const moved = device("a", "e2", { generation: 2, resourceVersion: "2" });
  catalog.putDevice(moved);
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), [
    "e1 update membership -default/a",
    "e1 delete default/device/a",
    "e1 delete default/devicemodel/lamp",
    "e2 update membership default/a",
    "e2 insert default/devicemodel/lamp",
    "e2 insert default/device/a",
  ]);
  catalog.removeDevice(moved);
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), [
    "e2 update membership -default/a",
    "e2 delete default/device/a",
    "e2 delete default/devicemodel/lamp",
  ]);
});

test("deleted and re-created between two looks is still another device", () => {
  const { catalog, downstream, sent } = scene();
  catalog.putDevice(device("a", "e1"));
  downstream.nodeConnected("e1");
  downstream.answerMembership("e1", "q");
  sent();
  catalog.removeDevice(device("a", "e1"));
  catalog.putDevice(device("a", "e1", { uid: "another" }));
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), [
    "e1 update membership -default/a",
    "e1 delete default/device/a",
    "e1 update membership default/a",
    "e1 insert default/device/a",
  ]);
});

test("before the list nothing is sent, and a new session gets everything anew", () => {
  const { catalog, downstream, sent } = scene();
  downstream.nodeConnected("e1");
  catalog.putDevice(device("a", "e1"));
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), []);
  downstream.syncNode("e1");
  assert.equal(sent().length, 2);
  downstream.nodeDisconnected("e1");
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), []);
  downstream.nodeConnected("e1");
  downstream.answerMembership("e1", "q");
  assert.equal(sent().length, 3);
});

/** What an edge says that holds these objects, and of which buckets it is asked. */
function edgeHolding(objects: Record<string, string>) {
  const held = new Map(Object.entries(objects));
  return { held, digests: bucketDigests(held) };
}

test("a node that holds what it should is confirmed, told nothing, and hears of later changes", () => {
  const { catalog, downstream, sent } = scene();
  catalog.putModel(model("lamp"));
  catalog.putDevice(device("a", "e1"));
  const { digests } = edgeHolding({
    "default/device/a": catalog.versionOf("default/a"),
    "default/devicemodel/lamp": catalog.modelVersionOf("default/lamp"),
  });
  downstream.nodeConnected("e1");
  downstream.compare("e1", "q", digests);
  assert.deepEqual(sent(), ["e1 response membership/detail to q OK"]);
  catalog.removeDevice(device("a", "e1"));
  downstream.syncDevice("default/a");
  assert.deepEqual(sent(), [
    "e1 update membership -default/a",
    "e1 delete default/device/a",
    "e1 delete default/devicemodel/lamp",
  ]);
});

test("a node is told what was created, changed, moved, deleted and made anew while it was away", () => {
  const { catalog, downstream, sent } = scene();
  catalog.putModel(model("lamp"));
  for (const name of ["same", "changed", "moved", "deleted", "anew"]) {
    catalog.putDevice(device(name, "e1"));
  }
  const names = ["same", "changed", "moved", "deleted", "anew"] as const;
  const { held, digests } = edgeHolding({
    ...Object.fromEntries(
      names.map((name) => [`default/device/${name}`, catalog.versionOf(`default/${name}`)]),
    ),
    "default/device/half": "",
    "default/devicemodel/lamp": catalog.modelVersionOf("default/lamp"),
    "default/devicemodel/old": "m-old.x",
  });
  downstream.nodeConnected("e2");
  downstream.answerMembership("e2", "q");
  catalog.putDevice(device("changed", "e1", { labels: { a: "b" }, resourceVersion: "9" }));
  catalog.putDevice(device("moved", "e2", { generation: 2, resourceVersion: "9" }));
  downstream.syncDevice("default/moved");
  catalog.removeDevice(device("deleted", "e1"));
  catalog.removeDevice(device("anew", "e1"));
  catalog.putDevice(device("anew", "e1", { uid: "another" }));
  catalog.putDevice(device("created", "e1"));
  sent();
  downstream.nodeConnected("e1");
  downstream.compare("e1", "q", digests);
  assert.match(sent().join(), /^e1 response .*,e1 get membership\/inventory \d buckets$/);
  downstream.compared("e1", held);
  assert.deepEqual(sent(), [
    "e1 update membership -default/moved",
    "e1 delete default/device/moved",
    "e1 update membership -default/deleted",
    "e1 delete default/device/deleted",
    "e1 update membership -default/half",
    "e1 update default/device/changed",
    "e1 update membership -default/anew",
    "e1 delete default/device/anew",
    "e1 update membership default/anew",
    "e1 insert default/device/anew",
    "e1 update membership default/created",
    "e1 insert default/device/created",
    "e1 delete default/devicemodel/old",
  ]);
  catalog.removeDevice(device("moved", "e2"));
  downstream.syncDevice("default/moved");
  assert.equal(sent()[0], "e2 update membership -default/moved");
});

test("what a stock edge acknowledged earlier is not sent again; what it should not hold is deleted", () => {
  const { catalog, downstream, held, sent } = scene();
  catalog.putModel(model("lamp"));
  for (const name of ["same", "changed", "anew"]) catalog.putDevice(device(name, "e1"));
  held.set("default/devicemodel/lamp", catalog.modelVersionOf("default/lamp"));
  held.set("default/device/same", catalog.versionOf("default/same"));
  held.set("default/device/changed", "u-changed.older");
  held.set("default/device/anew", "another.x");
  held.set("default/device/gone", "u-gone.x");
  downstream.nodeConnected("e1", { isStock: true });
  downstream.answerMembership("e1", "q");
  assert.deepEqual(sent(), [
    "e1 response membership/detail to q OK",
    "e1 update membership/detail default/same,default/changed,default/anew",
    "e1 delete default/device/gone",
    "e1 update default/device/changed",
    "e1 insert default/device/anew",
  ]);
});
