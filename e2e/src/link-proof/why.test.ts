import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";
import { CounterDevice } from "../harness/counter-device.ts";
import { eventually } from "../harness/eventually.ts";
import { RunningSystem } from "../harness/running-system.ts";

const bin = resolve(import.meta.dirname, "../../../cli/bin/mapperkit.js");
const models = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devicemodels";

interface Road {
  readonly standsAt?: { readonly step: string; readonly says: string; readonly do?: string };
  readonly steps: readonly { readonly step: string; readonly standing: string }[];
}

test("why walks the whole road of a device, and says where it stands", async () => {
  await using system = await RunningSystem.start();
  const { kubeconfig, folder, program } = system;
  const edge = /edge monitoring +(http:\S+)/.exec(program.output)?.[1] ?? "";
  const why = (...more: string[]) => {
    const flags = ["--kubeconfig", kubeconfig, "--data", folder.join("data"), "--edge", edge];
    const args = [bin, "why", "counter", "-o", "json", ...flags, ...more];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { code: status, road: JSON.parse(stdout) as Road, err: stderr };
  };
  const none = why();
  assert.equal(none.road.standsAt?.step, "object");
  assert.equal(none.code, 1);

  await new CounterDevice(system.kube).create("v1beta1");
  const road = await eventually("nothing is in the way", () => {
    const answer = why();
    if (answer.code !== 0) throw new Error(JSON.stringify(answer.road.standsAt));
    return answer.road;
  });
  const unseen = road.steps.filter(({ standing }) => standing !== "open");
  assert.deepEqual(
    unseen.map(({ step }) => step),
    [],
    "with the edge's store and metrics at hand every step is seen",
  );

  await system.kube.delete(`${models}/counter-model`);
  const { road: broken, err } = why();
  assert.equal(broken.standsAt?.step, "model");
  assert.match(broken.standsAt.says, /no DeviceModel counter-model/);
  assert.match(err, /^mapperkit: default\/counter stands at the model$/m);
});
