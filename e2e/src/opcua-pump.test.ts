import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { followSteps } from "./harness/follow-steps.ts";
import { withoutKubectl } from "./harness/kubectl.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { SimulatorDesk } from "./harness/simulator-desk.ts";
import { readTutorial } from "./harness/tutorial.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const example = resolve(import.meta.dirname, "../../examples/pump");
const options = { skip: withoutKubectl };

let system: RunningSystem;
let desk: SimulatorDesk;
let pump: TwinReader;

before(async () => {
  if (withoutKubectl) return;
  system = await RunningSystem.start("--with", example);
  desk = new SimulatorDesk(system.program.output);
  pump = new TwinReader(system.kube, "pump");
});
after(async () => {
  if (!withoutKubectl) await system[Symbol.asyncDispose]();
});

test("the pump of the example takes its setpoint over an encrypted channel", options, async () => {
  await pump.isApplied("speedSetpoint", "1450");
  assert.equal((await desk.valuesOf("pump")).speedSetpoint, 1450);
});

test(
  "the README word for word: kubectl edit changes the setpoint in the pump",
  options,
  async () => {
    const [up, ...steps] = readTutorial(readFileSync(resolve(example, "README.md"), "utf8"));
    assert.equal(up?.commands, "mapperkit up --with examples/pump");
    const untilSeen = steps.slice(0, 4);
    assert.match(untilSeen[2]?.commands ?? "", /^kubectl edit/);
    await followSteps(untilSeen, system, { EDITOR: `sed -i 's/value: "1450"/value: "2200.5"/'` });
    const { reason } = await pump.isApplied("speedSetpoint", "2200.5");
    assert.equal(reason, "Acknowledged");
    assert.equal((await desk.valuesOf("pump")).speedSetpoint, 2200.5);
  },
);

test("a server that restarts is found again, and told the values anew", options, async () => {
  await desk.inject("pump", { kind: "restart", for: "1s" });
  await eventually("the speed is Bad", async () => {
    const twin = await pump.twin("speed");
    return twin?.reported?.metadata?.quality === "Bad" || undefined;
  });
  await eventually("the speed is Good again", async () => {
    const twin = await pump.twin("speed");
    return twin?.reported?.metadata?.quality === "Good" || undefined;
  });
  await pump.isApplied("speedSetpoint", "2200.5");
});

test(
  "the mapper keeps its certificate in the system's folder, and knows the server's",
  options,
  () => {
    const pki = system.folder.join("data/opcua-pki");
    assert.ok(existsSync(`${pki}/own/certs/mapperkit.pem`));
    assert.equal(readdirSync(`${pki}/trusted/certs`).length, 1);
    assert.equal(existsSync(`${pki}/rejected`) ? readdirSync(`${pki}/rejected`).length : 0, 0);
  },
);
