import assert from "node:assert/strict";
import { test } from "node:test";
import { connectAsync } from "mqtt";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { JoinedNode } from "./harness/joined-node.ts";

const UPDATE = "$hw/events/device/default/counter/twin/update";

test("certificates are renewed again and again, and no value is lost", async () => {
  await using node = await JoinedNode.start(30);
  await node.join();
  const counter = new CounterDevice(node.kube);
  await counter.create("v1beta1");
  const edge = await node.startEdge();
  const mapper = await connectAsync(`mqtt://127.0.0.1:${edge.mqttPort}`);
  await eventually("the device at the edge", () => node.logged("cloud link open")[0]);
  let value = 0;
  let desired = "";
  while (node.logged("the node's certificate was renewed").length < 4) {
    value += 1;
    const twin = { status: { actual: { value: String(value) } } };
    const body = JSON.stringify({ event_id: "", timestamp: 0, twin });
    await mapper.publishAsync(UPDATE, body, { qos: 1 });
    desired = value % 2 ? "ON" : "OFF";
    if (value % 20 === 0) await counter.setDesired(desired);
  }
  await counter.setDesired("ON");
  await eventually("the last value in Kubernetes", async () =>
    (await counter.count()) === value ? true : undefined,
  );
  assert.ok(node.logged("cloud link open").length >= 4);
  assert.deepEqual(node.logged("cloud not reached, the edge goes on alone"), []);
  await mapper.endAsync();
});

test("expired while offline: the edge says so and what to do, and a new token cures it", async () => {
  await using node = await JoinedNode.start(1);
  await node.join();
  await node.clock.sleep(1_500);
  await node.startEdge();
  const [refused] = await eventually("the refusal", () => {
    const entries = node.logged("cloud not reached, the edge goes on alone");
    return entries.length > 0 ? entries : undefined;
  });
  assert.match(JSON.stringify(refused), /expired at .* `mapperkit join` and a new token/);
  await node.join();
  await eventually("the link", () => node.logged("cloud link open")[0]);
});
