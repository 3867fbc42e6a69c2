import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
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
    const stopped = await counter.count();
    await eventually("a later report than the stop", () => counter.get());
    assert.ok((await counter.count()) - stopped <= 1, "the count stands after OFF");
  });
}

test("the sample manifests are the contract's, byte for byte", { skip: contractMissing() }, () => {
  const here = resolve(import.meta.dirname, "../..");
  for (const file of ["counter.yaml", "counter-model.yaml"]) {
    assert.deepEqual(
      readFileSync(resolve(here, "examples/counter/v1alpha2", file)),
      readFileSync(resolve(here, "../shared/contract/samples", file)),
    );
  }
});

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

function contractMissing(): string | false {
  try {
    statSync(resolve(import.meta.dirname, "../../../shared/contract/samples/counter.yaml"));
    return false;
  } catch {
    return "the contract's samples are not beside the project";
  }
}
