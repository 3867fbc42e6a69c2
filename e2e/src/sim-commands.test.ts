import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { MapperkitProcess } from "./harness/mapperkit-process.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";
import { SimulatorDesk } from "./harness/simulator-desk.ts";

const cli = resolve(import.meta.dirname, "../../cli/bin/mapperkit.js");
const examples = resolve(import.meta.dirname, "../../examples");
/** Above the ports that other tests are given, of which nobody knows. */
const OVEN_PORT = 22_310;
const WAIT_MS = 60_000;

function mapperkit(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: "utf8",
  });
  return { status, said: `${stdout}${stderr}` };
}

/** The answer to a Modbus TCP request, or "silence" when a later one is answered before it. */
async function ask(port: number, unit: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  // The second is for unit 1, which suffers nothing: its answer ends the wait for the first.
  for (const [id, asked] of [
    [1, unit],
    [2, 1],
  ] as const) {
    socket.write(Buffer.from([0, id, 0, 0, 0, 6, asked, 4, 0, 0, 0, 1]));
  }
  let heard = Buffer.alloc(0);
  while (!heard.includes(Buffer.of(0, 2, 0, 0))) {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    heard = Buffer.concat([heard, bytes]);
  }
  socket.destroy();
  return heard[1] === 1 ? "answer" : "silence";
}

test("sim modbus has a desk: a fault is injected, listed and undone", async () => {
  const flags = ["--port", "0", "--units", "oven,meter,meter", "--control-port", "0"];
  await using sim = await MapperkitProcess.start(["sim", "modbus", ...flags], /faults: .*\n/);
  const [, port] = /modbus\+tcp:\/\/127\.0\.0\.1:(\d+)/.exec(sim.output)!;
  const [, url = ""] = /\((http:\S+)\)/.exec(sim.output)!;
  assert.match(sim.output, /devices: oven, meter-2, meter-3/);
  assert.equal(await ask(Number(port), 3), "answer");

  const injected = mapperkit("sim", "inject", "meter-3", "silent", "--control", url);
  assert.match(injected.said, /^fault 1: default\/meter-3 silent; .*sim undo 1 --control http/);
  assert.equal(await ask(Number(port), 3), "silence");
  assert.equal(await ask(Number(port), 2), "answer");
  assert.match(mapperkit("sim", "faults", "--control", url).said, /default\/meter-3 +silent +now/);

  assert.equal(mapperkit("sim", "undo", "1", "--control", url).status, 0);
  assert.equal(await ask(Number(port), 3), "answer");
  const unknown = mapperkit("sim", "inject", "pump", "silent", "--control", url);
  assert.equal(unknown.status, 1);
  assert.match(unknown.said, /no device pump .*default\/oven/);
});

/** The oven of the examples on a port of its own. */
function copyOfOven(folder: ScratchFolder): string {
  const copy = folder.join("oven");
  cpSync(`${examples}/oven`, copy, { recursive: true });
  const text = readFileSync(`${copy}/oven.yaml`, "utf8");
  writeFileSync(`${copy}/oven.yaml`, text.replace("port: 1510", `port: ${OVEN_PORT}`));
  return copy;
}

test("sim --scenario: faults come and go at their times", async () => {
  using folder = new ScratchFolder();
  const copy = copyOfOven(folder);
  const scenario = folder.join("scenario.yaml");
  const steps = [
    "- { device: oven, kind: stuck, property: temperature }",
    "- { device: oven, kind: busy, at: 1s, for: 1s }",
    "- { device: oven, kind: silent, at: 1h }",
  ];
  writeFileSync(scenario, steps.join("\n"));
  const flags = ["--scenario", scenario, "--control-port", "0"];
  await using sim = await MapperkitProcess.start(["sim", "--from", copy, ...flags], /1 devices/);
  const [, url = ""] = /\((http:\S+)\)/.exec(sim.output)!;
  const listed = async () => (await (await fetch(`${url}/faults`)).json()) as Listed[];
  await eventually(
    "the second fault is over",
    async () => (await listed()).every(({ kind }) => kind !== "busy") || undefined,
    WAIT_MS,
  );
  const left = (await listed()).map(({ kind, isThere }) => `${kind} ${isThere}`);
  assert.deepEqual(left, ["stuck true", "silent false"]);
});

interface Listed {
  readonly kind: string;
  readonly isThere: boolean;
}

const broken: [title: string, text: string, message: RegExp][] = [
  ["no list", "kind: silent", /must be a list of faults/],
  ["no device", "- { kind: silent }", /scenario\.yaml, fault 1: device: is missing/],
  ["an unknown kind", "- { device: oven, kind: sleepy }", /fault 1: .*sleepy/],
  ["no time", "- { device: oven, kind: silent, at: soon }", /soon/],
  [
    "an unknown device",
    "- { device: pump, kind: silent }",
    /scenario\.yaml, fault 1: device: is pump,.*default\/oven/,
  ],
];
for (const [title, text, message] of broken) {
  test(`a scenario that cannot be is refused with its place: ${title}`, () => {
    using folder = new ScratchFolder();
    const copy = copyOfOven(folder);
    writeFileSync(folder.join("scenario.yaml"), text);
    const flags = ["--scenario", folder.join("scenario.yaml"), "--control-port", "0"];
    const { status, said } = mapperkit("sim", "--from", copy, ...flags);
    assert.equal(status, 2, said);
    assert.match(said, message);
  });
}

test("sim --write: what was written is simulated as the files were", async () => {
  using folder = new ScratchFolder();
  const written = folder.join("all.yaml");
  const flags = ["--devices", "3", "--control-port", "0"];
  const first = ["sim", "--from", copyOfOven(folder), "--write", written, ...flags];
  await using one = await MapperkitProcess.start(first, /3 devices/);
  const places = /PROTOCOL.*?(?=\d+ devices)/s.exec(one.output)?.[0];
  assert.match(places ?? "", new RegExp(`:${OVEN_PORT + 2} +default/oven-2`));
  await one.end("SIGTERM");
  await using two = await MapperkitProcess.start(
    ["sim", "--from", written, "--control-port", "0"],
    /3 devices/,
  );
  assert.equal(/PROTOCOL.*?(?=\d+ devices)/s.exec(two.output)?.[0], places);
});

/** In CI a missing program is a failure. */
function has(t: TestContext, program: string, ...args: string[]): boolean {
  if (process.env.CI === "true" || !spawnSync(program, args).error) return true;
  t.skip(`without ${program} (apt-get install ${program})`);
  return false;
}

test("sim --from makes the serial line of its Devices, and mbpoll reads them there", async (t) => {
  if (!has(t, "socat", "-V") || !has(t, "mbpoll", "-V")) return;
  using folder = new ScratchFolder();
  const copy = folder.join("meters");
  cpSync(`${examples}/energy-meter`, copy, { recursive: true });
  const model = `${copy}/energy-meter-model.yaml`;
  const line = folder.join("line");
  const text = readFileSync(model, "utf8");
  writeFileSync(model, text.replace("/tmp/mapperkit-meters", line));
  const args = ["sim", "--from", copy, "--control-port", "0"];
  await using sim = await MapperkitProcess.start(args, /10 devices/);
  const desk = new SimulatorDesk(sim.output);
  const poll = (unit: number) => {
    const options = ["-m", "rtu", "-b", "9600", "-P", "even", "-0", "-1", "-o", "3"];
    return spawnSync(
      "mbpoll",
      [...options, "-a", `${unit}`, "-t", "3:float", "-B", "-r", "0", line],
      {
        encoding: "utf8",
      },
    ).stdout;
  };
  const volts = Number(/\[0\]:\s+([\d.]+)/.exec(poll(3))?.[1]);
  const { voltage } = await desk.valuesOf("meter-03");
  assert.ok(
    Math.abs(volts - Number(voltage)) < 10,
    `${volts} V on the wire, ${voltage} V in the meter`,
  );
  // The dead one of the example, by its annotation.
  assert.doesNotMatch(poll(7), /\[0\]:/);
  await desk.undo(1);
  assert.match(poll(7), /\[0\]:\s+2\d\d/);
});
