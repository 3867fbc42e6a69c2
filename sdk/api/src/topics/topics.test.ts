import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DeviceId } from "../device/device-id.ts";
import {
  type DeviceAction,
  deviceTopic,
  parseDeviceTopic,
  type TopicForm,
} from "./device-topics.ts";
import {
  announcementTopic,
  membershipTopic,
  parseAnnouncementTopic,
  parseMembershipTopic,
} from "./node-topics.ts";

const cases: { topic: string; id: DeviceId; form: TopicForm; action: DeviceAction }[] = [
  {
    topic: "$hw/events/device/default/lamp-01/twin/update",
    id: "default/lamp-01",
    form: "long",
    action: "twin/update",
  },
  {
    topic: "$hw/events/device/lamp-01/twin/update",
    id: "default/lamp-01",
    form: "bare",
    action: "twin/update",
  },
  {
    topic: "$hw/events/device/device/hw/twin/update/document",
    id: "device/hw",
    form: "long",
    action: "twin/update/document",
  },
  { topic: "$hw/events/device/e/twin/updated", id: "e/twin", form: "long", action: "updated" },
  { topic: "$hw/events/device/twin/updated", id: "default/twin", form: "bare", action: "updated" },
  {
    topic: "$hw/events/device/twin/state/state/get/result",
    id: "twin/state",
    form: "long",
    action: "state/get/result",
  },
  {
    topic: "$hw/events/device/counter/twin/update/delta",
    id: "default/counter",
    form: "bare",
    action: "twin/update/delta",
  },
];
for (const { topic, ...parts } of cases) {
  test(`${topic} is ${parts.action} of ${parts.id}, ${parts.form}, both ways`, () => {
    assert.deepEqual(parseDeviceTopic(topic), parts);
    assert.equal(deviceTopic(parts.id, parts.action, parts.form), topic);
  });
}

for (const topic of [
  "",
  "$hw/events/device/",
  "$hw/events/device//twin/update",
  "$hw/events/device/a/b/c/twin/update",
  "$hw/events/device/a//twin/update",
  "$hw/events/device/a/twin/delete",
  "$hw/events/device/a",
  "$hw/events/node/edge-1/membership/get",
  "hw/events/device/a/twin/update",
]) {
  test(`${JSON.stringify(topic)} is no topic of a device`, () => {
    assert.equal(parseDeviceTopic(topic), undefined);
  });
}

test("a bare topic exists for namespace default only", () => {
  assert.equal(
    deviceTopic("plant/lamp", "twin/get", "bare"),
    "$hw/events/device/plant/lamp/twin/get",
  );
});

test("every device topic reads back, whatever the names are", () => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
  const word = fc.oneof(
    name,
    fc.constantFrom("device", "twin", "update", "state", "hw", "updated"),
  );
  const action = fc.constantFrom<DeviceAction>("twin/update", "updated", "state/get/result");
  const form = fc.constantFrom<TopicForm>("long", "bare");
  fc.assert(
    fc.property(word, word, action, form, (namespace, device, action, form) => {
      const id: DeviceId = `${namespace}/${device}`;
      const read = parseDeviceTopic(deviceTopic(id, action, form));
      const expected = namespace === "default" ? form : "long";
      assert.deepEqual(read, { id, action, form: expected });
    }),
  );
});

test("an announcement's topic reads back", () => {
  const topic = announcementTopic("kube-edge-1", "default/counter");
  assert.equal(topic, "$hw/events/node/kube-edge-1/devices/default/counter");
  assert.deepEqual(parseAnnouncementTopic(topic), { node: "kube-edge-1", id: "default/counter" });
  for (const other of [
    `${topic}/x`,
    "$hw/events/node/n/devices/default",
    "$hw/events/node//devices/a/b",
  ]) {
    assert.equal(parseAnnouncementTopic(other), undefined, other);
  }
});

test("only a request for membership is recognised, not the edge's own answers", () => {
  assert.deepEqual(parseMembershipTopic(membershipTopic("n", "get")), { node: "n", action: "get" });
  assert.equal(parseMembershipTopic(membershipTopic("n", "get/result")), undefined);
  assert.equal(parseMembershipTopic(membershipTopic("n", "updated")), undefined);
});
