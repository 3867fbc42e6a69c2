import assert from "node:assert/strict";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { SimulatorDesk } from "./harness/simulator-desk.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const example = resolve(import.meta.dirname, "../../examples/oven");
const options = { skip: withoutKubectl };
/** Each part of the system may be slow on a machine that is busy with other tests. */
const WAIT_MS = 60_000;

let system: RunningSystem;
let kubectl: Kubectl;
let desk: SimulatorDesk;
let oven: TwinReader;

before(async () => {
  if (withoutKubectl) return;
  system = await RunningSystem.start("--with", example);
  kubectl = new Kubectl(system.kubeconfig, system.folder.join("cache"));
  desk = new SimulatorDesk(system.program.output);
  oven = new TwinReader(system.kube, "oven");
});
after(async () => {
  if (!withoutKubectl) await system[Symbol.asyncDispose]();
});

test("the oven of the example is online, and its first setpoint is applied", options, async () => {
  await oven.isApplied("setpoint", "60", WAIT_MS);
  assert.equal((await desk.valuesOf("oven")).setpoint, 60);
});

test(
  "kubectl edit changes the setpoint in the simulated oven, read back and Applied",
  options,
  async () => {
    const editor = { EDITOR: `sed -i 's/value: "60"/value: "181.5"/'` };
    assert.match(await kubectl.run(["edit", "device", "oven"], editor), /oven edited/);
    const { reason } = await oven.isApplied("setpoint", "181.5", WAIT_MS);
    assert.equal(reason, "ReadBack");
    assert.equal((await desk.valuesOf("oven")).setpoint, 181.5);
  },
);

test("the temperature follows, as kubectl shows it", options, async () => {
  const path = '{.status.twins[?(@.propertyName=="temperature")].reported.value}';
  const ask = () => kubectl.run(["get", "device", "oven", "-o", `jsonpath=${path}`]);
  const before = await eventually(
    "it is told",
    async () => Number(await ask()) || undefined,
    WAIT_MS,
  );
  const isWarmer = async () => Number(await ask()) > before + 1 || undefined;
  await eventually("it got warmer", isWarmer, WAIT_MS);
});

test(
  "an oven that falls silent is offline, and online again when it answers",
  options,
  async () => {
    const id = await desk.inject("oven", { kind: "silent" });
    await oven.isInState("offline", WAIT_MS);
    const isTold = async () => {
      const twin = await oven.twin("temperature");
      if (twin?.reported?.metadata?.quality === "Bad") return true;
      throw new Error(JSON.stringify(twin));
    };
    await eventually("its temperature is Bad", isTold, WAIT_MS);
    await desk.undo(id);
    await oven.isInState("online", WAIT_MS);
  },
);

test("a value outside the model's bounds never reaches the oven", options, async () => {
  const patch = '[{"op":"replace","path":"/spec/properties/1/desired/value","value":"900"}]';
  await kubectl
    .run(["patch", "device", "oven", "--type", "json", "-p", patch])
    .catch(() => "refused");
  const isTold = async () => {
    const said = await kubectl.run(["describe", "device", "oven"]);
    return /setpoint.*900|900.*setpoint/s.test(said) || undefined;
  };
  await eventually("the device says what is wrong", isTold, WAIT_MS);
  assert.equal((await desk.valuesOf("oven")).setpoint, 181.5);
});
