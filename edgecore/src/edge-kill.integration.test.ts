import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { EdgeDatabase } from "./database/edge-database.ts";
import { SqliteTwinStore } from "./devicetwin/store/sqlite-twin-store.ts";

const DEVICES = 4;

const PROGRAM = `
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
const config = edgeCoreConfig.parse({
  dataDir: process.argv[1], cloud: { url: "ws://127.0.0.1:1" }, mqtt: { port: 0 },
});
const edge = createEdgeCore(config, { clock: new RealClock(), random: createRandom(1), log: silentLog });
await edge.start(new AbortController().signal);
process.stdout.write(edge.mqttPort + "\\n");
`;

async function openStore(t: TestContext, folder: string) {
  const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await database.start(t.signal);
  return { database, store: new SqliteTwinStore(database) };
}

async function prepare(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edge-kill-"));
  t.after(() => rm(folder, { recursive: true }));
  const { database, store } = await openStore(t, folder);
  for (let n = 0; n < DEVICES; n++) {
    const name = `dev-${n}`;
    const record = {
      id: `default/${name}`,
      name,
      description: "",
      state: "",
      lastOnline: "",
    } as const;
    await store.commit([{ kind: "device", record }]);
  }
  await database.stop();
  return folder;
}

async function startEdge(
  t: TestContext,
  folder: string,
): Promise<{ edge: ChildProcess; port: number }> {
  const args = ["-C", "source", "--input-type=module", "-e", PROGRAM, "--", folder];
  const edge = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => edge.kill("SIGKILL"));
  assert.ok(edge.stdout);
  const [line] = await once(edge.stdout, "data");
  return { edge, port: Number(String(line)) };
}

/** Reports rising numbers, many in flight, until the edge is gone; gives the last acknowledged one. */
async function load(
  port: number,
  device: string,
): Promise<{ started: Promise<void>; last: Promise<number> }> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  client.on("error", () => {});
  let acknowledged = 0;
  let next = 0;
  const started = Promise.withResolvers<void>();
  const last = Promise.withResolvers<number>();
  const publish = () => {
    const value = String(++next);
    const twin = { count: { actual: { value } } };
    const body = JSON.stringify({ event_id: value, timestamp: 0, twin });
    client.publish(`$hw/events/device/${device}/twin/update`, body, { qos: 1 }, (error) => {
      if (error) return;
      acknowledged = Math.max(acknowledged, Number(value));
      if (acknowledged > 20) started.resolve();
      publish();
    });
  };
  client.once("close", () => {
    last.resolve(acknowledged);
    client.end(true);
  });
  for (let n = 0; n < 10; n++) publish();
  return { started: started.promise, last: last.promise };
}

test("every acknowledged update survives SIGKILL, twice over", { timeout: 30_000 }, async (t) => {
  const folder = await prepare(t);
  for (const round of [1, 2]) {
    const { edge, port } = await startEdge(t, folder);
    const names = Array.from({ length: DEVICES }, (_, n) => `default/dev-${n}`);
    const loads = await Promise.all(names.map((name) => load(port, name)));
    await Promise.all(loads.map(({ started }) => started));
    edge.kill("SIGKILL");
    const last = await Promise.all(loads.map((one) => one.last));

    const { database, store } = await openStore(t, folder);
    const stored = new Map((await store.load()).map(({ record, twin }) => [record.id, twin]));
    await database.stop();
    for (const [index, name] of names.entries()) {
      const held = Number(stored.get(name as "default/x")?.get("count")?.actual?.value);
      const acknowledged = last[index] ?? Number.NaN;
      assert.ok(held >= acknowledged, `round ${round}: ${name} holds ${held} of ${acknowledged}`);
    }
  }
});
