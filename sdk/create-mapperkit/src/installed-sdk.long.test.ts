import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";

const root = resolve(import.meta.dirname, "../../..");
const OURS = ["sdk/api", "sdk/runtime", "sdk/mapper"];
const MOST_BYTES = 20_000_000;
/** The Node that runs this test is the one of the project. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "installed-"));
  run("npx", ["tsc", "--build", ...OURS], root);
  const tarballs = OURS.map((part) => {
    const args = ["pack", "--json", "--pack-destination", folder];
    const [packed] = JSON.parse(run("npm", args, join(root, part))) as [{ filename: string }];
    return `./${packed.filename}`;
  });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund"];
  run("npm", [...install, ...tarballs], folder);
});
after(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: "pipe" });
}

test("what is installed with the SDK is small, and nothing of it is native", () => {
  const files = globSync("node_modules/**/*", { cwd: folder }).map((file) => join(folder, file));
  const bytes = files.reduce((sum, file) => sum + lstatSync(file).size, 0);
  assert.ok(bytes > 1_000_000 && bytes <= MOST_BYTES, `${bytes} bytes are installed`);
  assert.deepEqual(
    files.filter((file) => file.endsWith(".node") || file.endsWith("binding.gyp")),
    [],
  );
});

const mapper = (type: string) => `
import { createServer } from "node:net";
import { defineModel } from "@mapperkit/api";
import { defineMapper, openLine } from "@mapperkit/sdk";
import { z } from "zod";

const device = createServer((socket) => socket.on("data", () => socket.write("21.5\\r\\n")));
await new Promise${type && "<void>"}((done) => device.listen(0, "127.0.0.1", () => done()));
const { port } = device.address()${type && ` as ${type}`};

const mapper = defineMapper({
  protocol: "acme",
  config: z.object({ host: z.string(), port: z.number() }),
  visitor: z.object({ query: z.string() }),
  connect: (ctx) => openLine(ctx, { eol: "\\r\\n" }),
  close: (line) => line.close(),
  read: (line, { visitor, signal }) => line.ask(visitor.query, signal),
});
const model = defineModel("oven", { heat: { type: "float64", visitors: { query: "HEAT?" } } });
const oven = await mapper.open(model, { host: "127.0.0.1", port });
const { value, quality } = await oven.read("heat");
console.log(value, quality);
await oven[Symbol.asyncDispose]();
device.close();
`;
for (const [file, type] of [
  ["mapper.js", ""],
  ["mapper.ts", "{ port: number }"],
] as const) {
  test(`${file} reads a device with the installed SDK under plain Node, and ends`, () => {
    writeFileSync(join(folder, file), mapper(type));
    assert.equal(run(process.execPath, [file], folder), "21.5 Good\n");
  });
}

test("making a certificate says which packages it needs, which the SDK does not bring", () => {
  writeFileSync(
    join(folder, "certificate.js"),
    `import { createAuthority } from "@mapperkit/runtime/certificates";
    const error = await createAuthority({ commonName: "a", days: 1, now: 0 }).catch((e) => e);
    console.log(error.code, error.message);`,
  );
  assert.match(
    run(process.execPath, ["certificate.js"], folder),
    /^unsupported .*@peculiar\/x509 and reflect-metadata.*install both\n$/,
  );
});
