import assert from "node:assert/strict";
import {
  cp,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { DeviceId } from "@mapperkit/api";
import { createRandom, MemoryLog, type Random, VirtualClock } from "@mapperkit/runtime";
import { SqliteTwinStore } from "../devicetwin/store/sqlite-twin-store.ts";
import type { StoreChange, StoredDevice } from "../devicetwin/store/twin-store.ts";
import { DATABASE_FILE, EdgeDatabase } from "./edge-database.ts";

const DEVICES = 40;
const PROPERTIES = 10;
const idOf = (n: number): DeviceId => `default/dev-${n}`;

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "damaged-database-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function openEdge(t: TestContext, folder: string) {
  const log = new MemoryLog();
  const clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const database = new EdgeDatabase({ folder, clock, log });
  t.after(() => database.stop());
  await database.start(t.signal);
  return { database, store: new SqliteTwinStore(database, log), log };
}

/** All values at version `edge`: what was acknowledged last. */
function generation(edge: number): StoreChange[] {
  return Array.from({ length: DEVICES }, (_, n): StoreChange[] => {
    const id = idOf(n);
    const record = { id, name: `dev-${n}`, description: "", state: "ok", lastOnline: "" };
    const twins = Array.from({ length: PROPERTIES }, (_, p): StoreChange => {
      const actual = { value: `${edge} ${"x".repeat(100)}`, metadata: { timestamp: edge } };
      const twin = { actual, optional: true, type: "string", actualVersion: { cloud: 0, edge } };
      return { kind: "twin", device: id, property: `p${p}`, twin };
    });
    return [{ kind: "device", record }, ...twins];
  }).flat();
}

/** A database with two generations in it, closed as an edge that ended closes it. */
async function soundFolder(t: TestContext): Promise<string> {
  const folder = await newFolder(t);
  const { database, store } = await openEdge(t, folder);
  await store.commit(generation(1));
  await store.commit(generation(2));
  await database.stop();
  return folder;
}

/** What a killed edge leaves: the newest generation in the WAL alone. */
async function killedFolder(t: TestContext): Promise<string> {
  const folder = await newFolder(t);
  const running = await soundFolder(t);
  const { store } = await openEdge(t, running);
  await store.commit(generation(3));
  for (const name of [DATABASE_FILE, `${DATABASE_FILE}-wal`]) {
    await cp(join(running, name), join(folder, name));
  }
  return folder;
}

function valuesOf(stored: readonly StoredDevice[]): Set<number> {
  const twins = stored.flatMap(({ twin }) => [...twin.values()]);
  return new Set(twins.map(({ actual }) => Number.parseInt(actual?.value ?? "", 10)));
}

function countOf(stored: readonly StoredDevice[]): number {
  return stored.reduce((sum, { twin }) => sum + twin.size, 0);
}

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

const ASIDE = `${DATABASE_FILE}.corrupt-2026-01-02T03-04-05.000Z`;

async function assertSetAside(folder: string, log: MemoryLog): Promise<void> {
  assert.ok((await readdir(folder)).includes(ASIDE), "the damaged file is kept");
  const [told] = log.entries.filter(({ message }) => message.includes("set aside"));
  assert.equal(told?.fields.file, join(folder, ASIDE));
  assert.ok(String(told?.fields.reason).length > 0);
}

test("a cut in the last pages: the file is set aside and what can be read of it goes on", async (t) => {
  const folder = await soundFolder(t);
  const file = join(folder, DATABASE_FILE);
  const { size } = await stat(file);
  await truncate(file, size - 5 * 4096);
  const { database, store, log } = await openEdge(t, folder);
  await assertSetAside(folder, log);
  const stored = await store.load();
  assert.deepEqual(valuesOf(stored), new Set([2]), "nothing older than what was acknowledged");
  assert.ok(countOf(stored) > 100, `only ${countOf(stored)} properties were saved`);
  await store.commit(generation(3));
  await database.stop();
  const again = await openEdge(t, folder);
  assert.equal(countOf(await again.store.load()), DEVICES * PROPERTIES);
  assert.deepEqual(again.log.entries, [], "the next start finds nothing wrong");
});

const ruins: Record<string, (file: string) => Promise<void>> = {
  "a file that is no database": (file) => writeFile(file, "x".repeat(20_000)),
  "a page of the middle that is noise": (file) => overwrite(file, 8 * 4096, Buffer.alloc(4096, 7)),
  "a header whose page size is nonsense": (file) => overwrite(file, 16, Buffer.of(0xff, 0xff)),
  "half of a header": (file) => truncate(file, 50),
};
for (const [title, ruin] of Object.entries(ruins)) {
  test(`${title}: the edge comes up, says so once, and works`, async (t) => {
    const folder = await soundFolder(t);
    await ruin(join(folder, DATABASE_FILE));
    const { database, store, log } = await openEdge(t, folder);
    await assertSetAside(folder, log);
    const values = valuesOf(await store.load());
    assert.ok(values.size === 0 || (values.size === 1 && values.has(2)));
    await store.commit(generation(3));
    await database.stop();
    const again = await openEdge(t, folder);
    assert.equal(countOf(await again.store.load()), DEVICES * PROPERTIES);
    assert.deepEqual(again.log.entries, []);
  });
}

test("a cut in the WAL's last pages, where nothing was acknowledged: no harm at all", async (t) => {
  const folder = await killedFolder(t);
  const wal = join(folder, `${DATABASE_FILE}-wal`);
  const whole = await readFile(wal);
  // A frame that a power cut left half written, behind the last commit.
  await writeFile(wal, Buffer.concat([whole, whole.subarray(32, 32 + 2_000)]));
  const { store, log } = await openEdge(t, folder);
  assert.deepEqual(valuesOf(await store.load()), new Set([3]));
  assert.deepEqual(log.entries, []);
});

test("rows that SQLite takes for sound and are none are left out, each with its name", async (t) => {
  const folder = await newFolder(t);
  const { database, store, log } = await openEdge(t, folder);
  await store.commit(generation(1).slice(0, 4));
  const bodies = ['{"type":"string"', '{"type":1,"optional":true}', "[]", '{"type":"int"}'];
  await database.commit([
    ...bodies.map((body, n) => {
      return { statement: "putTwin", values: [idOf(0), `bad${n}`, body] } as const;
    }),
    { statement: "putDevice", values: [idOf(9), "dev-9", "", "", "", "{"] },
  ]);
  const [first, second] = await store.load();
  assert.deepEqual([...(first?.twin.keys() ?? [])], ["p0", "p1", "p2"]);
  assert.equal(second?.record.id, idOf(9));
  assert.deepEqual(
    log.entries.map(({ fields }) => fields.property),
    ["bad0", "bad1", "bad2", "bad3"],
  );
});

test("of damaged files the newest three are kept", async (t) => {
  const folder = await newFolder(t);
  for (const day of [1, 2, 3, 4, 5]) {
    await writeFile(join(folder, `${DATABASE_FILE}.corrupt-2025-01-0${day}T00-00-00.000Z`), "");
  }
  await writeFile(join(folder, DATABASE_FILE), "x".repeat(20_000));
  const { log } = await openEdge(t, folder);
  await assertSetAside(folder, log);
  const kept = (await readdir(folder)).filter((name) => name.includes(".corrupt-")).sort();
  assert.deepEqual(kept, [
    `${DATABASE_FILE}.corrupt-2025-01-04T00-00-00.000Z`,
    `${DATABASE_FILE}.corrupt-2025-01-05T00-00-00.000Z`,
    ASIDE,
  ]);
});

function damage(file: Buffer, random: Random): Buffer {
  const at = Math.floor(random.next() * file.length);
  if (random.next() < 0.5) return file.subarray(0, at);
  const noise = Buffer.from(file);
  for (let n = 0; n < 1 + random.next() * 200; n++) {
    noise[Math.min(at + n, file.length - 1)] = Math.floor(random.next() * 256);
  }
  return noise;
}

test("whatever happens to the file, the edge comes up, works, and finds nothing wrong the next time", async (t) => {
  const sound = await readFile(join(await soundFolder(t), DATABASE_FILE));
  const seed = 1;
  const rounds = 6;
  const random = createRandom(seed);
  for (let round = 0; round < rounds; round++) {
    const folder = await newFolder(t);
    await writeFile(join(folder, DATABASE_FILE), damage(sound, random));
    const { database, store } = await openEdge(t, folder);
    await store.load();
    await store.commit(generation(3));
    await database.stop();
    const again = await openEdge(t, folder);
    const stored = await again.store.load();
    const isWhole = countOf(stored) >= DEVICES * PROPERTIES;
    assert.ok(isWhole, `seed ${seed}, round ${round}: ${countOf(stored)} properties`);
    assert.deepEqual(again.log.entries, [], `seed ${seed}, round ${round}`);
    await again.database.stop();
  }
});
