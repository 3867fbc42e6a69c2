import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { followSteps } from "./harness/follow-steps.ts";
import { Kubectl, withoutKubectl } from "./harness/kubectl.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";
import { SimulatorDesk } from "./harness/simulator-desk.ts";
import { readTutorial } from "./harness/tutorial.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const root = resolve(import.meta.dirname, "../..");
const example = resolve(root, "examples/lab-supply");
const readme = readFileSync(resolve(example, "README.md"), "utf8");
const options = { skip: withoutKubectl };

/** socat makes the serial port. In CI a missing one is a failure. */
function hasSocat(t: TestContext): boolean {
  if (process.env.CI === "true" || spawnSync("socat", ["-V"]).status === 0) return true;
  t.skip("without socat (apt-get install socat)");
  return false;
}

/** The example with a port of its own, so that two runs do not meet. */
function copyOf(folder: ScratchFolder, serialPort: string): string {
  const copy = folder.join("supply");
  cpSync(example, copy, { recursive: true });
  const file = `${copy}/supply.yaml`;
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("/tmp/mapperkit-supply", serialPort));
  return copy;
}

test(
  "up --with: the README word for word: kubectl edit reaches the supply over its serial port",
  options,
  async (t) => {
    if (!hasSocat(t)) return;
    using folder = new ScratchFolder();
    const copy = copyOf(folder, folder.join("port"));
    await using system = await RunningSystem.start("--with", copy, "--without", "counter");
    const supply = new TwinReader(system.kube, "supply");
    const desk = new SimulatorDesk(system.program.output);
    await supply.isApplied("output", "true", 30_000);

    const [up, ...steps] = readTutorial(readme);
    assert.equal(up?.commands, "mapperkit up --with examples/lab-supply");
    // What follows the processes is another way of running it.
    const own = steps.slice(
      0,
      steps.findIndex(({ kind }) => kind === "processes"),
    );
    assert.equal(own.length, 4);
    await followSteps(own, system, { EDITOR: `sed -i 's/value: "5"/value: "12.5"/'` });
    const { reason } = await supply.isApplied("voltageSetpoint", "12.5", 30_000);
    assert.equal(reason, "ReadBack");
    assert.equal((await desk.valuesOf("supply")).voltageSetpoint, 12.5);

    const unplugged = await desk.inject("supply", { kind: "refused" });
    await supply.isInState("offline");
    await desk.undo(unplugged);
    await supply.isInState("online", 60_000);
  },
);

test(
  "README's commands: a supply that knows SCPI by itself obeys, and says why it will not",
  options,
  async () => {
    using folder = new ScratchFolder();
    await using instrument = await MapperkitProcess.start(
      ["sim", "serial", "--port", "0"],
      /serial: \S+/,
    );
    const address = /serial: (\S+)/.exec(instrument.output)![1]!;
    await using system = await RunningSystem.start("--without", "counter");
    await using _mapper = await MapperkitProcess.start(
      ["mapper", "run", "mappers/serial/src/main.ts", "--link", system.mqttUrl],
      /serial/,
    );
    const kubectl = new Kubectl(system.kubeconfig, system.folder.join("cache"));
    await kubectl.run(["apply", "-f", copyOf(folder, address)]);
    const supply = new TwinReader(system.kube, "supply");
    await supply.isApplied("voltageSetpoint", "5", 30_000);
    await supply.isApplied("output", "true", 30_000);
    await eventually("the voltage at the terminals is measured", async () => {
      const volts = Number((await supply.twin("voltage"))?.reported?.value);
      return Math.abs(volts - 5) < 0.1 || undefined;
    });

    const editor = { EDITOR: `sed -i 's/value: "5"/value: "7.25"/'` };
    await kubectl.run(["edit", "device", "supply"], editor);
    await supply.isApplied("voltageSetpoint", "7.25", 30_000);
    assert.equal(await asked(address, "VOLT?"), "7.250");

    const patch = /^kubectl (patch .*)$/m.exec(readme)![1]!;
    const [, json = ""] = /'(.*)'$/.exec(patch)!;
    await kubectl.run(["patch", "device", "supply", "--type=json", "-p", json]);
    await eventually("it is Rejected with the supply's own words", async () => {
      const { phase } = (await supply.twin("voltageSetpoint")) ?? {};
      return (
        (phase?.name === "Rejected" && /-222,.*Data out of range/.test(phase.message ?? "")) ||
        undefined
      );
    });
    assert.equal(await asked(address, "VOLT?"), "7.250");
  },
);

/** What the instrument says to somebody else. */
async function asked(address: string, query: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write(`${query}\n`);
  try {
    for await (const line of createInterface({ input: socket })) return line;
  } finally {
    socket.destroy();
  }
  return "nothing";
}
