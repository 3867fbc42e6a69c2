import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectAsync } from "mqtt";
import { askCounter } from "./harness/ask-counter.ts";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { FiveProcesses, PARTS } from "./harness/five-processes.ts";

let system: FiveProcesses;
let counter: CounterDevice;

before(async () => {
  system = await FiveProcesses.start();
  counter = new CounterDevice(system.kube);
  await counter.create("v1alpha2");
});
after(() => system[Symbol.asyncDispose]());

const deviceIs = (state: "ON" | "OFF") =>
  eventually(
    `the device is ${state}`,
    async () => {
      const answer = await askCounter(system.counterPort, "STATE?");
      return answer === state || undefined;
    },
    45_000,
  );

test("five processes make the same road as one", async () => {
  await counter.setDesired("ON");
  await deviceIs("ON");
  await counter.rises();
});

for (const part of PARTS) {
  test(`${part} killed: desired is obeyed and reports arrive after its restart`, async () => {
    await counter.setDesired("ON");
    await deviceIs("ON");
    await system.kill(part);
    await system.startPart(part);

    await deviceIs("ON");
    await counter.rises(45_000);
    await counter.setDesired("OFF");
    await deviceIs("OFF");
    await counter.isApplied("OFF", 45_000);
  });
}

for (const part of ["cloudcore", "edgecore", "mapper", "counter"] as const) {
  test(`desired that changed while ${part} was away is obeyed when it is back`, async () => {
    await counter.setDesired("OFF");
    await deviceIs("OFF");
    await system.kill(part);
    await counter.setDesired("ON");
    await system.startPart(part);

    await deviceIs("ON");
    await counter.rises(45_000);
  });
}

test("a device deleted and made anew while its edge was away is a new device", async () => {
  await counter.setDesired("ON");
  await deviceIs("ON");
  await system.kill("edgecore");
  const path = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/counter";
  assert.equal((await system.kube.delete(path)).status, 200);
  await counter.create("v1beta1");
  await system.startPart("edgecore");
  await deviceIs("OFF");
  await counter.isApplied("OFF");
});

test("a device deleted while its edge was away is gone from the edge's broker", async () => {
  await system.kill("edgecore");
  const path = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/counter";
  assert.equal((await system.kube.delete(path)).status, 200);
  await system.startPart("edgecore");
  const client = await connectAsync(`mqtt://127.0.0.1:${system.mqttPort}`);
  try {
    let announced = true;
    client.on("message", (_, body) => {
      announced = body.length > 0;
    });
    await client.subscribeAsync("$hw/events/node/+/devices/default/counter", { qos: 1 });
    await eventually("a new subscriber hears of no device", async () => {
      announced = false;
      await client.unsubscribeAsync("$hw/events/node/+/devices/default/counter");
      await client.subscribeAsync("$hw/events/node/+/devices/default/counter", { qos: 1 });
      // A retained message would have come before the answer to this.
      await client.publishAsync("fence", "", { qos: 1 });
      return !announced || undefined;
    });
  } finally {
    await client.endAsync(true);
  }
});
