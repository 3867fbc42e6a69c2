import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { RealClock } from "@mapperkit/runtime";

const main = resolve(import.meta.dirname, "../../main.ts");
const clock = new RealClock();

const MAPPER = `
  import { defineMapper } from "@mapperkit/sdk";
  import { protocol, version } from "./words.ts";
  console.log("this is version", version);
  export default defineMapper({ protocol, connect: async () => 1, read: async () => version });
`;
const words = (version: number, protocol = "watched") =>
  `export const version = ${version};\nexport const protocol = "${protocol}";\n`;

test("a saved file is swapped in; one that does not load or fit leaves what runs alone", async () => {
  const folder = mkdtempSync(join(import.meta.dirname, "tmp-"));
  writeFileSync(join(folder, "words.ts"), words(1));
  writeFileSync(join(folder, "my.mapper.ts"), MAPPER);
  const args = ["mapper", "run", join(folder, "my.mapper.ts"), "--watch"];
  const node = ["-C", "source", main, ...args, "--link", "mqtt://127.0.0.1:1"];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      said += text;
    });
  }
  const until = async (what: RegExp) => {
    const end = clock.monotonic() + 20_000;
    while (!what.test(said)) {
      assert.ok(clock.monotonic() < end, `waited 20 s for ${what}:\n${said}`);
      await clock.sleep(20);
    }
  };
  try {
    await until(/mapper watched: mqtt/);
    await until(/this is version 1/);
    writeFileSync(join(folder, "words.ts"), words(2));
    await until(/this is version 2/);
    await until(/a new build took over/);
    writeFileSync(join(folder, "words.ts"), "export const version = ;");
    await until(/my\.mapper\.ts cannot be loaded/);
    writeFileSync(join(folder, "words.ts"), words(3, "other"));
    await until(/protocol was .*watched.* and is .*other.*rolled back/);
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null], said);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});
