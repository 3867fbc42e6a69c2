import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { RunningSystem } from "./harness/running-system.ts";

const devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";
const models = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devicemodels";
const head = { apiVersion: "devices.kubeedge.io/v1beta1" };

let system: RunningSystem;
before(async () => {
  system = await RunningSystem.start();
  const spec = {
    properties: [
      { name: "level", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "10" },
      { name: "serial", type: "STRING", accessMode: "ReadOnly" },
    ],
  };
  const model = { ...head, kind: "DeviceModel", metadata: { name: "tank" }, spec };
  assert.equal((await system.kube.post(models, model)).status, 201);
});
after(() => system[Symbol.asyncDispose]());

interface BadDevice {
  readonly name: string;
  readonly spec: object;
  /** What the condition and the Event must name. */
  readonly named: RegExp;
  /** Which condition is False; a forbidden value also leaves `Synced` False. */
  readonly condition: "Accepted" | "Reachable";
}

const tank = { deviceModelRef: { name: "tank" }, nodeName: "kube-edge-1" };
const desired = (name: string, value: string) => ({
  ...tank,
  properties: [{ name, desired: { value } }],
});

const accepted: BadDevice[] = [
  {
    name: "no-model",
    spec: { nodeName: "kube-edge-1" },
    named: /deviceModelRef/,
    condition: "Accepted",
  },
  {
    name: "unknown-model",
    spec: { deviceModelRef: { name: "ghost" }, nodeName: "kube-edge-1" },
    named: /ghost/,
    condition: "Accepted",
  },
  {
    name: "unknown-property",
    spec: desired("colour", "red"),
    named: /colour/,
    condition: "Accepted",
  },
  {
    name: "read-only",
    spec: desired("serial", "7"),
    named: /serial.*ReadOnly/s,
    condition: "Accepted",
  },
  {
    name: "out-of-range",
    spec: desired("level", "11"),
    named: /level.*11.*10/s,
    condition: "Accepted",
  },
  {
    name: "not-a-number",
    spec: desired("level", "high"),
    named: /level.*high/s,
    condition: "Accepted",
  },
  {
    name: "no-node",
    spec: { deviceModelRef: { name: "tank" } },
    named: /nodeName/,
    condition: "Accepted",
  },
  {
    name: "node-away",
    spec: { ...tank, nodeName: "elsewhere" },
    named: /elsewhere/,
    condition: "Reachable",
  },
];

for (const { name, spec, named, condition } of accepted) {
  test(`a device with ${name} gets a condition and an Event that name what is wrong`, async () => {
    const device = { ...head, kind: "Device", metadata: { name }, spec };
    assert.equal((await system.kube.post(devices, device)).status, 201);
    await eventually(`${condition} is False and names it`, async () => {
      const { body } = await system.kube.get(`${devices}/${name}`);
      const found = body.status?.conditions?.find((c: { type: string }) => c.type === condition);
      assert.equal(found?.status, "False", JSON.stringify(body.status));
      assert.match(found.message, named);
      return true;
    });
    await eventually("an Event names it", async () => {
      const selector = encodeURIComponent(`involvedObject.name=${name}`);
      const path = `/api/v1/namespaces/default/events?fieldSelector=${selector}`;
      const { items } = (await system.kube.get(path)).body;
      return items.some((event: { message: string }) => named.test(event.message)) || undefined;
    });
  });
}

const refused: [what: string, spec: object, named: RegExp][] = [
  [
    "a duplicate property",
    { ...tank, properties: [{ name: "level" }, { name: "level" }] },
    /level/,
  ],
  ["a desired value that is no string", desired("level", 7 as unknown as string), /desired\.value/],
  ["a node name that is a number", { ...tank, nodeName: 7 }, /spec\.nodeName/],
];
for (const [what, spec, named] of refused) {
  test(`Kubernetes refuses ${what} and names the field`, async () => {
    const device = { ...head, kind: "Device", metadata: { name: "refused" }, spec };
    const { status, body } = await system.kube.post(devices, device);
    assert.equal(status, 422, JSON.stringify(body));
    assert.match(body.message, named);
  });
}

test("after all of it a good device still works", async () => {
  const counter = new CounterDevice(system.kube);
  await counter.create("v1beta1");
  await counter.setDesired("ON");
  await counter.rises();
});

test("a desired value that the device does not understand is Rejected, with its words", async () => {
  const counter = new CounterDevice(system.kube);
  await counter.setDesired("SIDEWAYS");
  await eventually("the phase is Rejected", async () => {
    const [twin] = (await counter.get()).status.twins;
    return twin.phase?.name === "Rejected" || undefined;
  });
});
