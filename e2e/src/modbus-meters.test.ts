import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { RunningSystem } from "./harness/running-system.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";
import { SimulatorDesk } from "./harness/simulator-desk.ts";
import { TwinReader } from "./harness/twin-reader.ts";

const example = resolve(import.meta.dirname, "../../examples/energy-meter");
const cli = resolve(import.meta.dirname, "../../cli/bin/mapperkit.js");
const METERS = Array.from({ length: 10 }, (_, i) => `meter-${`${i + 1}`.padStart(2, "0")}`);
const DEAD = "meter-07";
/** Ten units on 9,600 baud, one of them silent, on a machine that is busy with other tests. */
const WAIT_MS = 90_000;

/** socat makes the serial port. In CI a missing one is a failure. */
function hasSocat(t: TestContext): boolean {
  if (process.env.CI === "true" || spawnSync("socat", ["-V"]).status === 0) return true;
  t.skip("without socat (apt-get install socat)");
  return false;
}

/** The number that a property reports, as soon as it reports one. */
function numberOf(meter: TwinReader, property: string): Promise<number> {
  const what = `${property} is reported`;
  return eventually(
    what,
    async () => {
      const value = (await meter.twin(property))?.reported?.value;
      return value === undefined || value === "" ? undefined : Number(value);
    },
    WAIT_MS,
  );
}

/** The example with a serial port of its own, so that two runs do not meet. */
function copyOf(folder: ScratchFolder): string {
  const copy = folder.join("meters");
  cpSync(example, copy, { recursive: true });
  const model = `${copy}/energy-meter-model.yaml`;
  const text = readFileSync(model, "utf8");
  writeFileSync(model, text.replace("/tmp/mapperkit-meters", folder.join("line")));
  return copy;
}

test("ten meters on a serial line: nine work, the dead one says so and lives again", async (t) => {
  if (!hasSocat(t)) return;
  using folder = new ScratchFolder();
  await using system = await RunningSystem.start("--with", copyOf(folder), "--without", "counter");
  const meters = new Map(METERS.map((name) => [name, new TwinReader(system.kube, name)]));
  const alive = METERS.filter((name) => name !== DEAD);
  for (const name of alive) await meters.get(name)!.isApplied("tariff", "1", WAIT_MS);
  await meters.get(DEAD)!.isInState("offline", WAIT_MS);

  const desk = new SimulatorDesk(system.program.output);
  const energy = await numberOf(meters.get("meter-03")!, "energy");
  const shown = Number((await desk.valuesOf("meter-03")).energy);
  assert.ok(energy > 0 && shown >= energy, `${shown} kWh after ${energy}`);
  const voltage = await numberOf(meters.get("meter-10")!, "voltage");
  assert.ok(voltage > 200 && voltage < 260, `${voltage} V`);

  // The only fault that there is: the one of the Device's annotation.
  await desk.undo(1);
  await meters.get(DEAD)!.isInState("online", WAIT_MS);
  await meters.get(DEAD)!.isApplied("tariff", "1", WAIT_MS);
});

test("devices that cannot be are named by file, line and property", async () => {
  using folder = new ScratchFolder();
  const copy = copyOf(folder);
  const file = `${copy}/meters.yaml`;
  const text = readFileSync(file, "utf8");
  const broken: [from: string, to: string, said: RegExp][] = [
    [
      "{ unitId: 4 }",
      "{ unitId: 3 }",
      /meters\.yaml:\d+: Device default\/meter-04: unit 3 of .* is default\/meter-03 \(.*meters\.yaml:\d+\) already/,
    ],
    [
      "{ unitId: 4 }",
      "{ unitId: 4, baudRate: 19200 }",
      /is 19200 8E1, but 9600 8E1 for default\/meter-01/,
    ],
    ["{ unitId: 4 }", "{ unitId: 300 }", /meters\.yaml:\d+: Device default\/meter-04: .*unitId/],
    [
      "name: energy-meter-model",
      "name: nothing",
      /meters\.yaml:\d+: DeviceModel default\/nothing is in none of the files/,
    ],
  ];
  for (const [from, to, said] of broken) {
    writeFileSync(file, text.replace(from, to));
    const { status, stderr } = spawnSync(process.execPath, [cli, "sim", "--from", copy]);
    assert.equal(status, 2);
    assert.match(stderr.toString(), said);
  }
});

test("sim --from, multiplied: a thousand devices, each in a place of its own", async () => {
  using folder = new ScratchFolder();
  const written = folder.join("all.yaml");
  const oven = resolve(import.meta.dirname, "../../examples/oven");
  const copy = folder.join("oven");
  cpSync(oven, copy, { recursive: true });
  const device = readFileSync(`${copy}/oven.yaml`, "utf8");
  // Above the ports that other tests are given, of which nobody knows.
  writeFileSync(`${copy}/oven.yaml`, device.replace("port: 1510", "port: 21000"));
  const flags = ["--devices", "1000", "--write", written, "--control-port", "0", "--speed", "60"];
  await using sim = await MapperkitProcess.start(["sim", "--from", copy, ...flags], /1000 devices/);
  const desk = new SimulatorDesk(sim.output);
  assert.match(readFileSync(written, "utf8"), /name: oven-999\b/);
  await eventually(
    "the last of them has worked for a minute",
    async () => {
      const { operatingSeconds } = await desk.valuesOf("oven-999");
      return Number(operatingSeconds) >= 60 || undefined;
    },
    WAIT_MS,
  );
});
