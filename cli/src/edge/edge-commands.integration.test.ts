import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createEdgeCore, type EdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { runCli } from "../cli.ts";
import { TrafficWatch } from "./traffic-watch.ts";

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edge-commands-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function startEdge(t: TestContext, folder: string, mqttPort = 0): Promise<EdgeCore> {
  const config = edgeCoreConfig.parse({
    node: "edge-1",
    dataDir: join(folder, "edgecore"),
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: mqttPort },
    monitoring: { port: 0 },
  });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(() => edge.stop());
  await edge.start(t.signal);
  return edge;
}

/** Runs one command line; what it printed and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const streams = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const code = await runCli(["edge", ...args], streams);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 8_000;
  while (!isSo()) {
    assert.ok(Date.now() < limit, `waited 8 s for ${what}`);
    await new RealClock().sleep(5);
  }
}

test("status tells that the edge is well, and its figures", async (t) => {
  const edge = await startEdge(t, await newFolder(t));
  const url = `http://127.0.0.1:${edge.monitoringPort}`;
  const client = await connectAsync(`mqtt://127.0.0.1:${edge.mqttPort}`);
  t.after(() => client.endAsync(true));
  await client.publishAsync("$hw/events/device/default/x/twin/get", "{}", { qos: 1 });
  const { code, out } = await run("status", "--url", url);
  assert.equal(code, 0);
  for (const row of [
    /^alive +ok$/m,
    /^ready +ok$/m,
    /^devices +0$/m,
    /^MQTT sessions +1$/m,
    /^cloud link +down$/m,
    /^refusals +1$/m,
    /^memory, MB +\d+/m,
  ]) {
    assert.match(out, row);
  }
  const json = JSON.parse((await run("status", "--url", url, "-o", "json")).out);
  assert.deepEqual([json.alive, json.ready, json.metrics.refusals], ["ok", "ok", 1]);
});

test("status of nobody is exit code 3 and says where it looked", async () => {
  const { code, err } = await run("status", "--url", "http://127.0.0.1:1");
  assert.equal(code, 3);
  assert.match(err, /no edge answers at http:\/\/127\.0\.0\.1:1/);
});

test("inspect reads an edge's store, while it runs and after", async (t) => {
  const folder = await newFolder(t);
  const missing = await run("inspect", "--data", folder);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /edgecore/);

  const edge = await startEdge(t, folder);
  for (const isRunning of [true, false]) {
    if (!isRunning) await edge.stop();
    const { code, out, err } = await run("inspect", "--data", folder);
    assert.deepEqual([code, out], [0, ""], err);
    assert.match(err, /has no devices/);
  }
  const json = await run("inspect", "--data", folder, "-o", "json");
  assert.deepEqual(JSON.parse(json.out).devices, []);
  const unknown = await run("inspect", "lamp", "--data", folder);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /no device default\/lamp in .*: it has none/);
  assert.equal((await run("inspect", "a/b/c", "--data", folder)).code, 2);
});

test("watch prints the traffic, waits for an edge that is away, and goes on", async (t) => {
  const folder = await newFolder(t);
  const first = await startEdge(t, folder);
  const link = `mqtt://127.0.0.1:${first.mqttPort}`;
  const out: string[] = [];
  const err: string[] = [];
  const streams = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const watch = new TrafficWatch({
    link: link.replace("//", "//user:secret@"),
    device: "default/lamp",
    output: "text",
    clock: new RealClock(),
    streams,
  });
  t.after(() => watch.stop());
  await watch.start(t.signal);
  const speak = async (event: string) => {
    const client = await connectAsync(link);
    await client.publishAsync("$hw/events/device/other/twin/get", "{}", { qos: 1 });
    const body = JSON.stringify({ event_id: event });
    await client.publishAsync("$hw/events/device/lamp/twin/get", body, { qos: 1 });
    await client.endAsync();
  };
  await until("the subscription", () => err.length === 1);
  await speak("1");
  await until("two lines", () => out.length === 2);
  assert.match(out[0] ?? "", /^\d\d:\d\d:\d\d\.\d{3} {2}default\/lamp {2}twin\/get$/);
  assert.match(out[1] ?? "", /twin\/get\/result +refused 404: Device default\/lamp not found/);

  await first.stop();
  await until("the news of the cut", () => err.length === 2);
  await startEdge(t, folder, first.mqttPort);
  await until("the subscription", () => err.length === 3);
  await speak("2");
  await until("two more lines", () => out.length === 4);
  assert.deepEqual(err, [
    `watching ${link}, Ctrl-C ends`,
    `${link} is not reached (the link was cut), trying again …`,
    `watching ${link}, Ctrl-C ends`,
  ]);
});

test("a link that is no MQTT URL, and an action that is none, are refused", async () => {
  const { code, err } = await run("watch", "--link", "http://127.0.0.1");
  assert.deepEqual([code, /expected mqtt:\/\//.test(err)], [2, true]);
  assert.equal((await run("look")).code, 2);
});
