import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { CounterDevice } from "./harness/counter-device.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { RunningSystem } from "./harness/running-system.ts";

const bin = resolve(import.meta.dirname, "../../cli/bin/mapperkit.js");
const path = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/counter";

let system: RunningSystem;
before(async () => {
  system = await RunningSystem.start();
  await new CounterDevice(system.kube).create("v1alpha2");
});
after(() => system[Symbol.asyncDispose]());

function device(...args: string[]) {
  const result = spawnSync(
    process.execPath,
    [bin, "device", ...args, "--kubeconfig", system.kubeconfig],
    { encoding: "utf8", timeout: 30_000 },
  );
  return { code: result.status, out: result.stdout, err: result.stderr };
}

test("set waits for the outcome and says it", () => {
  const { code, out, err } = device("set", "counter", "status=ON");
  assert.equal(code, 0, err);
  assert.equal(out, "counter: status=ON Applied\n");
});

test("set of the value that is there already says so at once, whatever else changed", async () => {
  const { body } = await system.kube.get(path);
  const properties = body.spec.properties.map((property: object) => ({
    ...property,
    reportCycle: 700,
  }));
  await system.kube.patch(path, { spec: { properties } });
  const { code, err } = device("set", "counter", "status=ON", "--timeout", "5");
  assert.equal(code, 0, err);
});

test("list and get show the device, as a table and as an object", () => {
  assert.match(device("list").out, /^counter +counter-model +kube-edge-1 +online +True$/m);
  assert.match(device("list", "-o", "wide").out, /^counter .* status +ON +\d+ +Applied/m);
  assert.match(device("get", "counter").out, /^status +ON +\d+ +Applied/m);
  const object = JSON.parse(device("get", "counter", "-o", "json").out);
  assert.equal(object.metadata.name, "counter");
  assert.equal(object.metadata.managedFields, undefined);
  assert.equal(JSON.parse(device("list", "-o", "json").out).items.length, 1);
});

test("what -o yaml prints is read by Kubernetes as it was meant", async () => {
  const printed = device("get", "counter", "-o", "yaml").out;
  const read = parse(printed, { version: "1.1" });
  assert.equal(read.spec.properties[0].desired.value, "ON");
  assert.equal(typeof read.metadata.creationTimestamp, "string");
});

test("a property that the model does not have is refused, and nothing is written", async () => {
  const before = (await system.kube.get(path)).body.metadata.generation;
  const { code, err } = device("set", "counter", "colour=red");
  assert.equal(code, 4);
  assert.match(err, /colour is not a property of the DeviceModel counter-model; it has status/);
  assert.equal((await system.kube.get(path)).body.metadata.generation, before);
});

test("a value that the device refuses: exit code 4 and the device's words", () => {
  const { code, err } = device("set", "counter", "status=SIDEWAYS");
  assert.equal(code, 4);
  assert.match(err, /SIDEWAYS/);
});

test("an unknown device: exit code 1; a word that is no assignment: exit code 2", () => {
  assert.equal(device("get", "nobody").code, 1);
  assert.equal(device("set", "counter", "ON").code, 2);
});

test("watch prints a line for each change and ends at Ctrl-C with exit code 0", async () => {
  assert.equal(device("set", "counter", "status=ON").code, 0);
  const args = ["device", "watch", "counter", "--kubeconfig", system.kubeconfig];
  await using watch = await MapperkitProcess.start(args, /reported \d+[\s\S]*reported \d+/);
  assert.equal(await watch.end("SIGINT"), 0);
});

test("edits by the command are kept under its own name", async () => {
  const { body } = await system.kube.get(path);
  const managers = body.metadata.managedFields.map((entry: { manager: string }) => entry.manager);
  assert.ok(managers.includes("mapperkit-device"), managers.join());
});
