import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceTopic } from "@mapperkit/api";
import { requestOf } from "./request-topic.ts";

const DEVICE = "$hw/events/device";

const nameless = [
  `${DEVICE}//twin/update`,
  `${DEVICE}//lamp/twin/update`,
  `${DEVICE}/default//twin/get`,
  `${DEVICE}/default/lamp//state/update`,
  `${DEVICE}/a/b/c/state/get`,
  `${DEVICE}///twin/update`,
];
for (const topic of nameless) {
  test(`${topic} is answered on its own result topic`, () => {
    const request = requestOf(topic);
    assert.ok(request?.kind === "nameless");
    const { target, action } = request;
    assert.equal(deviceTopic(target.id, `${action}/result`, target.form), `${topic}/result`);
  });
}

const others = [
  `${DEVICE}/twin/update`,
  `${DEVICE}/default/lamp/twin/update/result`,
  `${DEVICE}/default/lamp/twin/cloud_updated`,
  `${DEVICE}/default/lamp/updated`,
  `${DEVICE}//other`,
  "$hw/events/node/edge-1/membership/updated",
  "my/own/twin/update",
];
for (const topic of others) {
  test(`${topic} asks nothing`, () => assert.equal(requestOf(topic), undefined));
}

test("namespaces and names that are words of the topic", () => {
  for (const id of ["device/twin", "e/e", "dev/update", "twin/get", "state/update"] as const) {
    for (const action of ["twin/update", "twin/get", "state/update", "state/get"] as const) {
      const request = requestOf(deviceTopic(id, action));
      assert.deepEqual(request, { kind: "device", target: { id, form: "long" }, action });
    }
  }
});
