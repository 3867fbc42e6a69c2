import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { RunningSystem } from "./harness/running-system.ts";

const examples = resolve(import.meta.dirname, "../../examples/counter");
const options = { skip: withoutKubectl };

let system: RunningSystem;
let kubectl: Kubectl;
let counter: CounterDevice;

before(async () => {
  if (withoutKubectl) return;
  system = await RunningSystem.start();
  kubectl = new Kubectl(system.kubeconfig, system.folder.join("cache"));
  counter = new CounterDevice(system.kube);
});
after(async () => {
  if (!withoutKubectl) await system[Symbol.asyncDispose]();
});

/** An editor that changes one word, once. */
const editor = (from: string, to: string) => ({ EDITOR: `sed -i s/${from}/${to}/` });

test("kubectl apply takes the v1alpha2 sample", options, async () => {
  const printed = await kubectl.run(["apply", "-f", `${examples}/v1alpha2/`]);
  assert.match(printed, /devicemodel.devices.kubeedge.io\/counter-model created/);
  assert.match(printed, /device.devices.kubeedge.io\/counter created/);
  const again = await kubectl.run(["apply", "-f", `${examples}/v1alpha2/`]);
  assert.equal(again.match(/unchanged/g)?.length, 2, again);
});

test("kubectl edit device sets desired, and the count rises", options, async () => {
  const printed = await kubectl.run(["edit", "device", "counter"], editor("'\"OFF\"'", "'\"ON\"'"));
  assert.match(printed, /counter edited/);
  await counter.rises();
});

test("kubectl get -o yaml -w shows the rise", options, async () => {
  const child = spawn("kubectl", ["get", "device", "counter", "-o", "yaml", "-w"], {
    env: { ...process.env, KUBECONFIG: system.kubeconfig },
  });
  const counts = new Set<string>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const [, count] of text.matchAll(/value: "(\d+)"/g)) counts.add(count!);
  });
  try {
    await eventually("three different counts were printed", () => counts.size >= 3 || undefined);
  } finally {
    child.kill();
  }
});

test("kubectl get devices prints model, node, state, synced and age", options, async () => {
  await counter.isApplied("ON");
  await eventually("the row says what is so", async () => {
    const [head, row] = (await kubectl.run(["get", "devices"])).trim().split("\n");
    assert.match(head!, /^NAME +MODEL +NODE +STATE +SYNCED +AGE$/);
    assert.match(row!, /^counter +counter-model +kube-edge-1 +online +True +\d+[smh]/);
    return true;
  });
});

test("kubectl edit of the old version sets desired too", options, async () => {
  const resource = "devices.v1alpha2.devices.kubeedge.io";
  await kubectl.run(["edit", resource, "counter"], editor("'\"ON\"'", "'\"OFF\"'"));
  await counter.isApplied("OFF");
});

test("kubectl patch sets desired", options, async () => {
  const patch = '{"spec":{"properties":[{"name":"status","desired":{"value":"ON"}}]}}';
  await kubectl.run(["patch", "device", "counter", "--type", "merge", "-p", patch]);
  await counter.isApplied("ON");
});

test(
  "kubectl describe shows conditions and events of a device that is wrong",
  options,
  async () => {
    const patch = '{"spec":{"deviceModelRef":{"name":"no-such-model"}}}';
    await kubectl.run(["patch", "device", "counter", "--type", "merge", "-p", patch]);
    await eventually("describe names the model", async () => {
      const text = await kubectl.run(["describe", "device", "counter"]);
      assert.match(text, /Events:[\s\S]*no-such-model/);
      return true;
    });
  },
);

test("kubectl delete removes the device", options, async () => {
  assert.match(await kubectl.run(["delete", "device", "counter"]), /deleted/);
  assert.equal((await counter.get()).code, 404);
});
