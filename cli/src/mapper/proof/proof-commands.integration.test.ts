import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { after, before, test } from "node:test";
import { runCli } from "../../cli.ts";

const main = resolve(import.meta.dirname, "../../main.ts");
let folder = "";
const inProject = (file: string) => relative(process.cwd(), join(folder, "oven", file));

before(async () => {
  // Inside the checkout, so that the project finds our packages.
  folder = mkdtempSync(join(import.meta.dirname, "tmp-"));
  const project = relative(process.cwd(), join(folder, "oven"));
  assert.equal((await run("mapper", "new", project, "--name", "oven", "--yes")).code, 0);
  const mapper = readFileSync(inProject("src/oven.mapper.ts"), "utf8");
  const wrong = mapper.replace("return answer;", "return answer.replace('-', '');");
  writeFileSync(inProject("src/wrong.mapper.ts"), wrong);
});
after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const said: string[] = [];
  const complained: string[] = [];
  const out = (line: string) => void said.push(line);
  const err = (line: string) => void complained.push(line);
  const code = await runCli(args, { out, err });
  return { code, out: said.join("\n"), err: complained.join("\n") };
}

test("a sound mapper is proved with the simulator beside it, and says so", async () => {
  const only = ["--only", "write-then-read,read"];
  const { code, out, err } = await run("mapper", "test", inProject("src/oven.mapper.ts"), ...only);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /held +write-then-read +470 cases/);
  assert.match(out, /passed +read-good +every readable property/);
  assert.match(out, /laws: 470 cases held, 0 laws broken\nchecks: 7 passed, 0 failed, 0 skipped/);
});

test("a broken law and a failed check end in lines that repeat them where they are pasted", async () => {
  const mapper = inProject("src/wrong.mapper.ts");
  const proof = ["--sim", inProject("src/oven.sim.ts"), "--only", "read-together,read-many"];
  const { code, out, err } = await run("mapper", "test", mapper, ...proof, "--seed", "3");
  // Whether a number below zero was drawn is the seed's affair: the model's minimum is unknown.
  assert.equal(code, 1, out);
  assert.match(out, /BROKEN +read-together +/);
  assert.match(out, /smallest case: \{"temperature":-/);
  const lines = err.split("\n").filter((line) => line.startsWith("mapperkit mapper test"));
  assert.ok(lines.length >= 1, err);
  for (const line of lines) {
    const script = `mapperkit() { '${process.execPath}' -C source '${main}' "$@"; }\n${line}`;
    const again = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    assert.equal(again.status, 1, again.stderr);
    assert.ok(again.stderr.includes(line), `${line}\nsaid\n${again.stdout}${again.stderr}`);
  }
});

test("conform's report for programs is one object on stdout; progress is on stderr", async () => {
  const args = ["mapper", "conform", inProject("src/oven.mapper.ts"), "--only", "connect"];
  const { code, out, err } = await run(...args, "-o", "json");
  assert.equal(code, 0);
  const report = JSON.parse(out);
  assert.deepEqual([report.target, report.seed, report.conform.failed], ["sim", 1, 0]);
  assert.equal(report.laws, undefined);
  assert.equal(err.split("\n").length, report.conform.checks.length);
});

test("what cannot be proved is refused before anything runs", async () => {
  const mapper = inProject("src/oven.mapper.ts");
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[inProject("src/wrong.mapper.ts")], /--sim is missing, and there is no .*wrong\.sim\.ts/],
    [[mapper, "--sim", inProject("src/oven.model.ts")], /expected a simulator as default export/],
    [[mapper, "--target", "hw"], /--target hw needs the device: .* -f/],
    [[mapper, "--at", "gravity/1"], /--at gravity: no law, no check/],
    [[mapper, "--only", "read,gravity"], /--only gravity: no law/],
    [[mapper, "--allow-write", "temperature"], /allowWrite: temperature is ReadOnly/],
  ];
  for (const [args, message] of refused) {
    const { code, err } = await run("mapper", "conform", ...args);
    assert.equal(code, 2, err);
    assert.match(err, message);
  }
});

test("Ctrl-C ends a proof after the check that is being done, and nothing counts as proved", async () => {
  const args = ["mapper", "conform", inProject("src/oven.mapper.ts")];
  const child = spawn(process.execPath, ["-C", "source", main, ...args]);
  const exited = once(child, "exit");
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  await once(child.stdout, "data");
  child.stdout.resume();
  child.kill("SIGINT");
  const [code] = await exited;
  assert.equal(code, 1);
  assert.match(said, /stopped before the end/);
});

test("new refuses a folder that holds something, and a name that is none", async () => {
  const project = relative(process.cwd(), join(folder, "oven"));
  const taken = await run("mapper", "new", project, "--name", "oven", "--yes");
  assert.equal(taken.code, 2);
  assert.match(taken.err, /is not an empty folder/);
  const odd = await run("mapper", "new", "x", "--name", "Oven", "--yes");
  assert.equal(odd.code, 2);
  assert.match(odd.err, /name is "Oven", must be/);
});
