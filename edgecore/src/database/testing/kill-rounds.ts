import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceId } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { SqliteTwinStore } from "../../devicetwin/store/sqlite-twin-store.ts";
import { EdgeDatabase } from "../edge-database.ts";

const DEVICES = 4;
const IN_FLIGHT = 10;
/** The edge is killed at a random moment of this span under load. */
const LOAD_MS = 500;

const PROGRAM = `
import { createEdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
const config = edgeCoreConfig.parse({
  dataDir: process.argv[1],
  durability: process.argv[2],
  cloud: { url: "ws://127.0.0.1:1" },
  mqtt: { port: 0 },
});
const edge = createEdgeCore(config, { clock: new RealClock(), random: createRandom(1), log: silentLog });
await edge.start(new AbortController().signal);
process.stdout.write(edge.mqttPort + "\\n");
`;

/**
 * Loads an edge and kills it with SIGKILL at a random moment, `rounds` times over on one folder. After
 * each: every acknowledged update is there, none is newer than what was sent, and no version fell.
 */
export async function killRounds(
  t: TestContext,
  choice: { seed: number; rounds: number; durability: "full" | "normal" },
): Promise<void> {
  const { seed, rounds, durability } = choice;
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "edge-kill-"));
  t.after(() => rm(folder, { recursive: true }));
  const ids = Array.from({ length: DEVICES }, (_, n): DeviceId => `default/dev-${n}`);
  await addDevices(t, folder, ids);
  const sent = new Map(ids.map((id) => [id, 0]));
  let versions = new Map<DeviceId, number>();
  for (let round = 0; round < rounds; round++) {
    const where = `seed ${seed}, round ${round}`;
    const { edge, port } = await startEdge(t, folder, durability);
    const loads = await Promise.all(ids.map((id) => load(port, id, sent)));
    await sleep(random.next() * LOAD_MS);
    const exit = once(edge, "exit");
    edge.kill("SIGKILL");
    await exit;
    const last = await Promise.all(loads);
    const held = await readBack(t, folder);
    for (const [n, id] of ids.entries()) {
      const acknowledged = await last[n]?.acknowledged;
      const { value, version } = held.get(id) ?? { value: 0, version: 0 };
      assert.ok(
        value >= (acknowledged ?? Number.NaN),
        `${where}: ${id} holds ${value} of ${acknowledged}`,
      );
      assert.ok(value <= (sent.get(id) ?? 0), `${where}: ${id} holds ${value}, never sent`);
      assert.ok(version >= (versions.get(id) ?? 0), `${where}: the version of ${id} fell`);
    }
    versions = new Map([...held].map(([id, { version }]) => [id, version]));
  }
}

async function addDevices(t: TestContext, folder: string, ids: DeviceId[]): Promise<void> {
  const { database, store } = await openStore(t, folder);
  for (const id of ids) {
    const record = { id, name: id.slice(8), description: "", state: "", lastOnline: "" };
    await store.commit([{ kind: "device", record }]);
  }
  await database.stop();
}

async function openStore(t: TestContext, folder: string) {
  const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await database.start(t.signal);
  return { database, store: new SqliteTwinStore(database) };
}

async function readBack(t: TestContext, folder: string) {
  const { database, store } = await openStore(t, folder);
  const stored = await store.load();
  await database.stop();
  return new Map(
    stored.flatMap(({ record, twin }) => {
      const count = twin.get("count");
      if (!count) return [];
      const value = Number(count.actual?.value);
      return [[record.id, { value, version: count.actualVersion?.edge ?? 0 }]];
    }),
  );
}

async function startEdge(
  t: TestContext,
  folder: string,
  durability: string,
): Promise<{ edge: ChildProcess; port: number }> {
  const args = ["-C", "source", "--input-type=module", "-e", PROGRAM, "--", folder, durability];
  const edge = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => edge.kill("SIGKILL"));
  assert.ok(edge.stdout);
  const [line] = await once(edge.stdout, "data");
  return { edge, port: Number(String(line)) };
}

/** Reports rising numbers, many in flight, until the edge is gone. */
async function load(
  port: number,
  id: DeviceId,
  sent: Map<DeviceId, number>,
): Promise<{ acknowledged: Promise<number> }> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  client.on("error", () => {});
  let newest = 0;
  const end = Promise.withResolvers<number>();
  const publish = () => {
    const next = (sent.get(id) ?? 0) + 1;
    sent.set(id, next);
    const twin = { count: { actual: { value: String(next) } } };
    const body = JSON.stringify({ event_id: String(next), timestamp: 0, twin });
    client.publish(`$hw/events/device/${id}/twin/update`, body, { qos: 1 }, (error) => {
      if (error) return;
      newest = Math.max(newest, next);
      publish();
    });
  };
  client.once("close", () => {
    end.resolve(newest);
    client.end(true);
  });
  for (let n = 0; n < IN_FLIGHT; n++) publish();
  return { acknowledged: end.promise };
}
