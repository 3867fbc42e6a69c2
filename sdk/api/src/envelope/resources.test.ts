import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResource, type Resource, resources } from "./resources.ts";

const both: [text: string, resource: Resource][] = [
  [resources.device("default/lamp-01"), { kind: "device", namespace: "default", name: "lamp-01" }],
  [resources.deviceModel("plant/lamp"), { kind: "devicemodel", namespace: "plant", name: "lamp" }],
  [resources.device("device/device"), { kind: "device", namespace: "device", name: "device" }],
  [resources.membership, { kind: "membership" }],
  [resources.membershipDetail, { kind: "membershipDetail" }],
  [resources.twin, { kind: "twinConfirm" }],
  [resources.twinEdgeUpdated("default/lamp-01"), { kind: "twinUpdate", id: "default/lamp-01" }],
  [resources.twinEdgeUpdated("twin/state"), { kind: "twinUpdate", id: "twin/state" }],
  [resources.stateUpdate("default/lamp-01"), { kind: "stateUpdate", id: "default/lamp-01" }],
];
for (const [text, resource] of both) {
  test(`${text} is ${resource.kind}`, () => assert.deepEqual(parseResource(text), resource));
}

test("the strings are the contract's", () => {
  assert.equal(resources.device("default/lamp-01"), "default/device/lamp-01");
  assert.equal(resources.deviceModel("default/lamp"), "default/devicemodel/lamp");
  assert.equal(resources.twinEdgeUpdated("default/l"), "device/default/l/twin/edge_updated");
  assert.equal(resources.stateUpdate("default/l"), "device/default/l/state/update");
});

const read: [text: string, resource: Resource][] = [
  ["node", { kind: "keepalive" }],
  ["device/lamp-01/twin/edge_updated", { kind: "twinUpdate", id: "default/lamp-01" }],
  ["device/lamp-01/state/update", { kind: "stateUpdate", id: "default/lamp-01" }],
  ["default/pod/nginx", { kind: "other", resource: "default/pod/nginx" }],
  ["device//twin/edge_updated", { kind: "other", resource: "device//twin/edge_updated" }],
  ["device/a/b/c/state/update", { kind: "other", resource: "device/a/b/c/state/update" }],
  ["", { kind: "other", resource: "" }],
];
for (const [text, resource] of read) {
  test(`"${text}" reads as ${resource.kind}`, () =>
    assert.deepEqual(parseResource(text), resource));
}
