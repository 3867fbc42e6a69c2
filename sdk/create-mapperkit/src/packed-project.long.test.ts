import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";

const root = resolve(import.meta.dirname, "../../..");
const OURS = ["sdk/api", "sdk/runtime", "sdk/mapper", "simulators/plant", "sdk/testing"];
const MODBUS = ["mappers/modbus", "simulators/modbus"];
/**
 * The Node that runs this test comes first, as it does in a project that has brought its own; and
 * tests that run inside are no part of this one.
 */
const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
const env = { ...outer, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "packed-"));
  run("npx", ["tsc", "--build", ...OURS, ...MODBUS, "sdk/create-mapperkit"], root);
});
after(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`);
  }
}

function pack(packageFolder: string): string {
  const args = ["pack", "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(run("npm", args, join(root, packageFolder))) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = packed.files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter(
      (path) => /\.test\.|\/fixtures\/|tsbuildinfo/.test(path) && !/^template/.test(path),
    ),
    [],
    `${packageFolder} would publish tests`,
  );
  return join(folder, packed.filename);
}

const install = ["install", "--prefer-offline", "--no-audit", "--no-fund"];

let create = "";
before(() => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  writeFileSync(join(empty, "package.json"), '{ "private": true }');
  run("npm", [...install, pack("sdk/create-mapperkit")], empty);
  create = join(empty, "node_modules/.bin/create-mapperkit");
});

/** Made, installed, tested and checked, as its reader would. */
function newProject(name: string, protocol: string, packages: readonly string[]): string {
  run(create, [name, "--protocol", protocol, "--yes"], folder);
  const project = join(folder, name);
  // Our packages come as files; all else as the project says, from the registry or npm's cache.
  run("npm", [...install, "--save-exact", ...packages.map(pack)], project);
  return project;
}

test("a new project made by the packed command installs, tests, checks and runs", async () => {
  const project = newProject("oven", "oven-lines", OURS);
  assert.match(run("npm", ["test"], project), /pass 5/);
  run("npm", ["run", "check"], project);
  await startsAndStops(project);
  runsInJavaScript(project);
});

test("so does a new project for a Modbus device", async () => {
  const project = newProject("kiln", "modbus", [...OURS, ...MODBUS]);
  assert.match(run("npm", ["test"], project), /pass 3/);
  run("npm", ["run", "check"], project);
  await startsAndStops(project);
});

async function startsAndStops(project: string): Promise<void> {
  const child = spawn(process.execPath, ["src/demo.ts", "setpoint=21.5"], { cwd: project, env });
  const exited = once(child, "exit");
  let printed = "";
  child.stderr.on("data", (text) => {
    printed += text;
  });
  const isReported = new Promise<void>((done) => {
    child.stdout.on("data", (text) => {
      printed += text;
      if (/temperature \d.*setpoint 21\.5/.test(printed)) done();
    });
  });
  await Promise.race([
    isReported,
    exited.then(() => assert.fail(`it ended without a report:\n${printed}`)),
  ]);
  child.kill("SIGINT");
  const [code] = await exited;
  assert.equal(code, 0, printed);
}

/** The mapper, the model and the simulator have no type in them: as `.js` they run as they are. */
function runsInJavaScript(project: string): void {
  const plain = join(project, "plain");
  mkdirSync(plain);
  for (const part of ["mapper", "model", "sim"]) {
    const from = join(project, `src/oven.${part}.ts`);
    const text = readFileSync(from, "utf8").replaceAll('.ts"', '.js"');
    writeFileSync(join(plain, `oven.${part}.js`), text);
  }
  writeFileSync(
    join(plain, "main.js"),
    `import { bench } from "@mapperkit/testing";
import mapper from "./oven.mapper.js";
import { ovenModel as model } from "./oven.model.js";
import sim from "./oven.sim.js";
await using b = await bench({ model, mapper, sim });
const { phase } = await b.device.write("setpoint", 24);
process.stdout.write(phase);
`,
  );
  assert.equal(run(process.execPath, ["plain/main.js"], project), "Applied");
}
