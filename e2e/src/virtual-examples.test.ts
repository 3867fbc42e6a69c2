import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { followSteps } from "./harness/follow-steps.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { readTutorial } from "./harness/tutorial.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const examples = resolve(import.meta.dirname, "../../examples");
const both = ["kubeedge-temperature", "kubeedge-led"].flatMap((name) => [
  "--with",
  resolve(examples, name),
]);
const options = { skip: withoutKubectl };

/** Does what an example's README says; its first command is what the system was started with. */
async function follow(name: string, editor: string): Promise<void> {
  const [up, ...steps] = readTutorial(readFileSync(resolve(examples, name, "README.md"), "utf8"));
  assert.equal(up?.commands, `mapperkit up --with examples/${name}`);
  await followSteps(steps, system, { EDITOR: editor });
}

let system: RunningSystem;
let kubectl: Kubectl;

before(async () => {
  if (withoutKubectl) return;
  system = await RunningSystem.start(...both, "--without", "counter");
  kubectl = new Kubectl(system.kubeconfig, system.folder.join("cache"));
});
after(async () => {
  if (!withoutKubectl) await system[Symbol.asyncDispose]();
});

test("KubeEdge's LED: its README, word for word", options, async () => {
  const led = new TwinReader(system.kube, "led-light-instance-01");
  await follow("kubeedge-led", `sed -i 's/value: "ON"/value: "OFF"/'`);
  assert.equal((await led.twin("gpio-pin-number"))?.reported?.value, "18");
  const { reason } = await led.isApplied("power-status", "OFF");
  assert.equal(reason, "ReadBack");
});

test("KubeEdge's temperature: its README, word for word", options, async () => {
  const room = new TwinReader(system.kube, "temperature");
  await follow("kubeedge-temperature", `sed -i 's/value: "21"/value: "30"/'`);
  const { reason } = await room.isApplied("temperature-setpoint", "30");
  assert.equal(reason, "ReadBack");
  await eventually("the room is warm", async () => {
    return Number((await room.twin("temperature-status"))?.reported?.value) > 26 || undefined;
  });
});

test("what the model forbids is Rejected, and says so", options, async () => {
  const room = new TwinReader(system.kube, "temperature");
  const editor = { EDITOR: `sed -i 's/value: "30"/value: "90"/'` };
  await kubectl.run(["edit", "device", "temperature"], editor);
  await eventually("the setpoint is Rejected", async () => {
    const { phase } = (await room.twin("temperature-setpoint")) ?? {};
    return phase?.name === "Rejected" || undefined;
  });
});
