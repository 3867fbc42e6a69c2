import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { SqliteTwinStore } from "../devicetwin/store/sqlite-twin-store.ts";
import type { StoreChange } from "../devicetwin/store/twin-store.ts";
import { EdgeDatabase } from "./edge-database.ts";
import { inspectEdge } from "./inspect-edge.ts";

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "inspect-edge-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function openEdge(t: TestContext, folder: string): Promise<EdgeDatabase> {
  const database = new EdgeDatabase({
    folder,
    node: "edge-1",
    clock: new RealClock(),
    log: silentLog,
  });
  t.after(() => database.stop());
  await database.start(t.signal);
  return database;
}

const side = (value: string, timestamp: number) => ({ value, metadata: { timestamp } });
const lamp = { id: "default/lamp", name: "lamp", description: "", state: "online" } as const;
const power = {
  expected: side("ON", 1),
  actual: { value: "OFF", metadata: { timestamp: 2, quality: "Bad", reason: "timeout" } },
  outcome: { phase: "Pending", generation: 3 },
  optional: false,
  type: "string",
} as const;
const changes: StoreChange[] = [
  { kind: "device", record: { ...lamp, lastOnline: "2026-01-01T00:00:00Z" } },
  { kind: "twin", device: lamp.id, property: "power", twin: power },
  { kind: "twin", device: lamp.id, property: "old", twin: { optional: true, type: "deleted" } },
  ...[1, 2, 3].map((sequence): StoreChange => {
    const sample = side(String(sequence), sequence);
    return { kind: "sample", device: lamp.id, property: "power", sequence, sample, keep: 2 };
  }),
];
const seen = {
  node: "edge-1",
  devices: [
    {
      id: "default/lamp",
      state: "online",
      lastOnline: "2026-01-01T00:00:00Z",
      twins: {
        power: {
          expected: { value: "ON", timestamp: 1 },
          actual: { value: "OFF", timestamp: 2, quality: "Bad", reason: "timeout" },
          outcome: { phase: "Pending", generation: 3 },
          history: [
            { value: "2", timestamp: 2 },
            { value: "3", timestamp: 3 },
          ],
        },
      },
    },
  ],
};

test("an edge is read while it runs, after it was killed, and after it ended", async (t) => {
  const folder = await newFolder(t);
  const database = await openEdge(t, folder);
  await new SqliteTwinStore(database).commit(changes);
  assert.deepEqual(inspectEdge(folder), seen);
  // The files of a running edge are the files of a killed one.
  const killed = await newFolder(t);
  for (const name of ["edgecore.db", "edgecore.db-wal"]) {
    await cp(join(folder, name), join(killed, name));
  }
  assert.deepEqual(inspectEdge(killed), seen);
  await database.stop();
  assert.deepEqual(inspectEdge(folder), seen);
});

test("reading does not hinder the edge, and sees what comes later", async (t) => {
  const folder = await newFolder(t);
  const database = await openEdge(t, folder);
  const store = new SqliteTwinStore(database);
  await store.commit(changes);
  const twin = { ...power, actual: side("ON", 9) };
  inspectEdge(folder);
  await store.commit([{ kind: "twin", device: lamp.id, property: "power", twin }]);
  assert.equal(inspectEdge(folder).devices[0]?.twins.power?.actual?.value, "ON");
});

test("a folder that no edge has used is said to have none", async (t) => {
  const folder = await newFolder(t);
  assert.throws(
    () => inspectEdge(folder),
    (error: unknown) => error instanceof MapperkitError && error.code === "not_found",
  );
});
