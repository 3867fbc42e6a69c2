import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);

/** Which of node-opcua's modules a program has loaded by the end of its work. */
function loadedBy(program: string): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        const [, name] = /node_modules\\/(node-opcua[^/]*)/.exec(url) ?? [];
        if (name) loaded.add(name);
        return next(url, context);
      },
    });
    ${program}
    console.log(JSON.stringify([...loaded]));
    process.exit();`;
  const args = ["--conditions=source", "--input-type=module", "--eval", script];
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  return JSON.parse(printed.trim().split("\n").at(-1) ?? "[]") as string[];
}

test("who asks for node-opcua is found out", () => {
  assert.ok(loadedBy('await import("node-opcua-client");').includes("node-opcua-client"));
});

const programs: readonly [what: string, program: string][] = [
  ["the mapper, without a device", 'await import("./mappers/opcua/src/index.ts");'],
  ["the edge", 'await import("./edgecore/src/index.ts");'],
  ["the command", 'await import("./cli/src/index.ts");'],
  [
    "up without OPC UA devices",
    'await import("./cli/src/commands/up.ts"); await import("./cli/src/up/system.ts");',
  ],
  [
    "a plan for an OPC UA device",
    `const { opcuaMapper } = await import("./mappers/opcua/src/index.ts");
     opcuaMapper.plan({ version: 1, generation: 1, device: {
       apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", metadata: { name: "a" },
       spec: { protocol: { protocolName: "opcua", configData: { url: "opc.tcp://a:4840" } } } } });`,
  ],
];
for (const [what, program] of programs) {
  test(`${what} does not load node-opcua, which costs a second and 90 MB`, () => {
    assert.deepEqual(loadedBy(program), []);
  });
}
