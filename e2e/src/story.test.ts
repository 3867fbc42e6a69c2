import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { askCounter } from "./harness/ask-counter.ts";
import { CounterDevice } from "./harness/counter-device.ts";
import { eventually } from "./harness/eventually.ts";
import { RunningSystem } from "./harness/running-system.ts";

for (const version of ["v1alpha2", "v1beta1"] as const) {
  test(`the story over HTTP in one process, with ${version} manifests`, async () => {
    await using system = await RunningSystem.start();
    const counter = new CounterDevice(system.kube);
    await counter.create(version);
    await eventually("the counter reports while it is off", async () => {
      const count = await counter.count();
      return Number.isNaN(count) ? undefined : true;
    });

    await counter.setDesired("ON");
    await counter.rises();
    await counter.isApplied("ON");

    await counter.setDesired("OFF");
    await counter.isApplied("OFF");
    assert.equal(await askCounter(system.counterPort, "STATE?"), "OFF");
    const stopped = await askCounter(system.counterPort, "VALUE?");
    await eventually("the last count is reported", async () => {
      return (await counter.count()) === Number(stopped) || undefined;
    });
  });
}

/** SHA-256 of the manifests that users bring. */
const SAMPLES = {
  "counter-model.yaml": "75c923cb0735b80004d1e56ce55fa6fe0943c4ac39b68c57b8f7f1bcad956842",
  "counter.yaml": "21d99c5a112ea8df8ace07742e59c47c85c085774d1944d4a4a9ce31cbe4ad5a",
};
for (const [file, expected] of Object.entries(SAMPLES)) {
  test(`examples/counter/v1alpha2/${file} is the users' sample, byte for byte`, () => {
    const bytes = readFileSync(
      resolve(import.meta.dirname, "../../examples/counter/v1alpha2", file),
    );
    assert.equal(createHash("sha256").update(bytes).digest("hex"), expected);
  });
}

test("the kubeconfig is readable by its owner only", async () => {
  await using system = await RunningSystem.start();
  assert.equal(statSync(system.kubeconfig).mode & 0o777, 0o600);
});

test("Ctrl-C stops everything, and a second start continues from the same state", async () => {
  await using system = await RunningSystem.start();
  const counter = new CounterDevice(system.kube);
  await counter.create("v1beta1");
  await counter.setDesired("ON");
  await counter.rises();
  assert.equal(await system.program.end("SIGINT"), 0);
  assert.equal(system.program.errors, "");

  await system.restart();
  const again = new CounterDevice(system.kube);
  assert.equal((await again.get()).spec.properties[0].desired.value, "ON");
  await again.rises();
});

test("state that SIGKILL left behind is taken up", async () => {
  await using system = await RunningSystem.start();
  const counter = new CounterDevice(system.kube);
  await counter.create("v1beta1");
  await counter.setDesired("ON");
  await counter.rises();
  await system.program.end("SIGKILL");

  await system.restart();
  await new CounterDevice(system.kube).rises();
});
