import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { parseDevice } from "@mapperkit/api";
import { parseAllDocuments } from "yaml";
import { runCli } from "../cli.ts";

const fixtures = resolve(import.meta.dirname, "fixtures");
const oven = `${fixtures}/oven.yaml`;
const mapper = `${fixtures}/register-mapper.ts`;

/** Runs a command line and keeps what it said. */
async function run(...args: string[]) {
  const said: string[] = [];
  const complained: string[] = [];
  const out = (line: string) => void said.push(line);
  const err = (line: string) => void complained.push(line);
  const code = await runCli(args, { out, err });
  return { code, out: said.join("\n"), err: complained.join("\n") };
}

test("plan explains requests, bytes and the share of the bus", async () => {
  const { code, out, err } = await run("mapper", "plan", "oven", "--mapper", mapper, "-f", oven);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /1000 ms +1 +holdingRegister +0 +2 +4 +\d+\.\d ms +temperature, setpoint/);
  assert.match(out, /5000 ms +1 +holdingRegister +10 +4 +8 .*cycles/);
  assert.match(out, /2 requests, \d+\.\d ms on the bus, \d\.\d % of its time/);
});

test("plan refuses what the bus cannot carry, and names what is wrong", async () => {
  const folder = mkdtempSync(`${import.meta.dirname}/fixtures/tmp-`);
  try {
    const text = readFileSync(oven, "utf8");
    const fast = `${folder}/fast.yaml`;
    writeFileSync(fast, text.replace("baudRate: 9600", "baudRate: 100"));
    const slow = await run("mapper", "plan", "oven", "--mapper", mapper, "-f", fast);
    assert.equal(slow.code, 2);
    assert.match(slow.err, /% of the bus .*must be 100 % or less/);
    const wrong = `${folder}/wrong.yaml`;
    writeFileSync(wrong, text.replace("address: 1,", "adress: 1,"));
    const typo = await run("mapper", "plan", "oven", "--mapper", mapper, "-f", wrong, "-o", "json");
    assert.equal(typo.code, 2);
    assert.match(typo.err, /spec\.properties\[setpoint\]\.visitors\.configData\.adress .*known: /);
    assert.equal(JSON.parse(typo.out).requests.length, 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a device that is in no file, and a file that is none, are named", async () => {
  const missing = await run("mapper", "plan", "kiln", "--mapper", mapper, "-f", oven);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /no Device kiln in the files; there is: oven/);
  const broken = await run("mapper", "plan", "oven", "--mapper", "nowhere.ts", "-f", oven);
  assert.equal(broken.code, 2);
  const unread = await run("mapper", "types", "nowhere.yaml");
  assert.match(unread.err, /nowhere\.yaml cannot be read/);
});

test("types of YAML compile, and what the model does not have does not", async () => {
  const folder = mkdtempSync(`${import.meta.dirname}/fixtures/tmp-`);
  try {
    const models = `${folder}/models.ts`;
    const { code } = await run("mapper", "types", oven, "--out", models);
    assert.equal(code, 0);
    assert.match(readFileSync(models, "utf8"), /maximum: 18446744073709551615n/);
    const use = `
      import type { ValueOf, Writable } from "@mapperkit/api";
      import { ovenModel } from "./models.ts";
      type P = typeof ovenModel.properties;
      export const celsius: ValueOf<P["temperature"]> = 20.5;
      export const cycles: ValueOf<P["cycles"]> = 5n;
      export const writable: Writable<P> = "setpoint";
      // @ts-expect-error cycles are exact
      export const rounded: ValueOf<P["cycles"]> = 5;
      // @ts-expect-error the temperature is ReadOnly
      export const wrong: Writable<P> = "temperature";
      // @ts-expect-error no such property
      export const none = ovenModel.properties.temprature;
    `;
    writeFileSync(`${folder}/use.ts`, use);
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext"];
    const more = ["--allowImportingTsExtensions", "--customConditions", "source", "--skipLibCheck"];
    const compiler = resolve(import.meta.dirname, "../../../node_modules/.bin/tsc");
    const args = [compiler, ...options, ...more, "--ignoreConfig", `${folder}/use.ts`];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("get, set and watch say where no mapper answers, and what is no property", async () => {
  const url = "http://127.0.0.1:1";
  const { code, err } = await run("mapper", "get", "oven/temperature", "--url", url);
  assert.equal(code, 3);
  assert.match(err, /no mapper answers at http:\/\/127\.0\.0\.1:1.*--http-port/);
  const odd = await run("mapper", "set", "oven", "70", "--url", url);
  assert.equal(odd.code, 2);
  assert.match(odd.err, /expected DEVICE\/PROPERTY/);
});

const finder = `${fixtures}/finding-mapper.ts`;

test("discover prints each device that a mapper finds, for people, programs and kubectl", async () => {
  const table = await run("mapper", "discover", finder, "--set", "host=10.0.0.7");
  assert.deepEqual([table.code, table.err], [0, ""]);
  assert.equal(table.out, "host=10.0.0.7 port=9501   oven\nhost=10.0.0.7 port=9502   oven");
  const json = await run("mapper", "discover", finder, "-o", "json");
  const lines = json.out.split("\n").map((line) => JSON.parse(line).config.port);
  assert.deepEqual(lines, [9501, 9502]);
  const yaml = await run("mapper", "discover", finder, "-o", "yaml");
  const devices = parseAllDocuments(yaml.out).map((one) => parseDevice(one.toJS()));
  assert.deepEqual(
    devices.map(({ metadata }) => metadata.name),
    ["oven-1", "oven-2"],
  );
  assert.equal(devices[0]?.spec?.protocol?.protocolName, "finding");
});

test("a mapper that cannot look for devices says so", async () => {
  const { code, err } = await run("mapper", "discover", mapper);
  assert.deepEqual([code, err], [2, "mapperkit: mapper registers cannot look for devices"]);
});
