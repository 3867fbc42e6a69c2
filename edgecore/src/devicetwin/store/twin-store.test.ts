import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { DeviceId } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { EdgeDatabase } from "../../database/edge-database.ts";
import { inspectEdge } from "../../database/inspect-edge.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { MemoryTwinStore } from "./memory-twin-store.ts";
import { SqliteTwinStore } from "./sqlite-twin-store.ts";
import type { DeviceRecord, StoreChange, TwinStore } from "./twin-store.ts";

/** Gives the store, and the store as it is after a restart of the edge. */
type Opened = {
  store: TwinStore;
  reopen(): Promise<TwinStore>;
  /** Values of the samples that are kept, oldest first. */
  samplesOf(device: DeviceId, property: string): string[];
};

async function openMemory(): Promise<Opened> {
  const store = new MemoryTwinStore();
  const samplesOf = (device: DeviceId, property: string) =>
    store.samplesOf(device, property).map(({ value }) => value);
  return { store, reopen: async () => store, samplesOf };
}

async function openSqlite(t: TestContext): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "twin-store-"));
  let database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await database.start(t.signal);
  t.after(async () => {
    await database.stop();
    await rm(folder, { recursive: true });
  });
  const reopen = async () => {
    await database.stop();
    database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
    await database.start(t.signal);
    return new SqliteTwinStore(database);
  };
  const samplesOf = (id: DeviceId, property: string) => {
    const device = inspectEdge(folder).devices.find((found) => found.id === id);
    return device?.twins[property]?.history?.map(({ value }) => value) ?? [];
  };
  return { store: new SqliteTwinStore(database), reopen, samplesOf };
}

const lamp: DeviceRecord = {
  id: "default/lamp",
  name: "lamp",
  description: "in the hall",
  state: "online",
  lastOnline: "2026-01-01T00:00:00Z",
  attributes: { area: { value: "hall", optional: true, metadata: { type: "string" } } },
  stateBeforeSilence: "ok",
};
const power: PropertyTwin = {
  expected: { value: "ON", metadata: { timestamp: 1, generation: 2 } },
  actual: { value: '{"ü":" "}', metadata: { timestamp: 3 } },
  optional: false,
  type: "object",
  expectedVersion: { cloud: 4, edge: 5 },
  actualVersion: { cloud: 0, edge: 6 },
  outcome: { phase: "Applied", generation: 2 },
  asked: { value: "ON", generation: 2 },
};

for (const [name, open] of Object.entries({ memory: openMemory, sqlite: openSqlite })) {
  test(`${name} store: what was committed is there after a restart`, async (t) => {
    const { store, reopen } = await open(t);
    await store.commit([
      { kind: "device", record: lamp },
      { kind: "twin", device: lamp.id, property: "power", twin: power },
      {
        kind: "twin",
        device: lamp.id,
        property: "gone",
        twin: { optional: true, type: "deleted" },
      },
    ]);
    const [stored, ...others] = await (await reopen()).load();
    assert.deepEqual(others, []);
    assert.deepEqual(stored?.record, lamp);
    assert.deepEqual(Object.fromEntries(stored?.twin ?? []), {
      power,
      gone: { optional: true, type: "deleted" },
    });
  });

  test(`${name} store: later commits win, in the order of the calls`, async (t) => {
    const { store, reopen } = await open(t);
    const settled: number[] = [];
    const commits = [1, 2, 3].map(async (edge) => {
      const twin = { ...power, actualVersion: { cloud: 0, edge } };
      await store.commit([
        { kind: "device", record: { ...lamp, state: String(edge) } },
        { kind: "twin", device: lamp.id, property: "power", twin },
      ]);
      settled.push(edge);
    });
    await Promise.all(commits);
    assert.deepEqual(settled, [1, 2, 3]);
    const [stored] = await (await reopen()).load();
    assert.equal(stored?.record.state, "3");
    assert.equal(stored?.twin.get("power")?.actualVersion?.edge, 3);
  });

  test(`${name} store: of each property the newest samples are kept`, async (t) => {
    const { store, samplesOf } = await open(t);
    const twin = (property: string): StoreChange => {
      return { kind: "twin", device: lamp.id, property, twin: power };
    };
    const sample = (property: string, sequence: number, keep: number): StoreChange => {
      const value = { value: String(sequence), metadata: { timestamp: sequence } };
      return { kind: "sample", device: lamp.id, property, sequence, sample: value, keep };
    };
    await store.commit([{ kind: "device", record: lamp }, twin("power"), twin("level")]);
    for (let n = 1; n <= 5; n++) await store.commit([sample("power", n, 3)]);
    await store.commit([sample("level", 1, 3), sample("level", 1, 3)]);
    assert.deepEqual(samplesOf(lamp.id, "power"), ["3", "4", "5"]);
    assert.deepEqual(samplesOf(lamp.id, "level"), ["1"]);
    await store.commit([sample("power", 6, 2)]);
    assert.deepEqual(samplesOf(lamp.id, "power"), ["5", "6"]);
    await store.commit([{ kind: "histories", device: lamp.id, of: ["level"] }]);
    assert.deepEqual(samplesOf(lamp.id, "power"), []);
    assert.deepEqual(samplesOf(lamp.id, "level"), ["1"]);
    await store.commit([{ kind: "forget", device: lamp.id }]);
    await store.commit([{ kind: "device", record: lamp }, twin("level")]);
    assert.deepEqual(samplesOf(lamp.id, "level"), []);
  });

  test(`${name} store: a forgotten device takes its twin along`, async (t) => {
    const { store, reopen } = await open(t);
    await store.commit([
      { kind: "device", record: lamp },
      { kind: "twin", device: lamp.id, property: "power", twin: power },
    ]);
    await store.commit([{ kind: "forget", device: lamp.id }]);
    await store.commit([{ kind: "device", record: lamp }]);
    const [stored] = await (await reopen()).load();
    assert.equal(stored?.twin.size, 0);
  });

  test(`${name} store: a value is unconfirmed until it is marked, and again when it changes`, async (t) => {
    const { store, reopen } = await open(t);
    const twin = (property: string): StoreChange => {
      return { kind: "twin", device: lamp.id, property, twin: power };
    };
    const device: StoreChange = { kind: "device", record: lamp };
    const confirmed = (properties: string[], state: boolean): StoreChange => {
      return { kind: "confirmed", device: lamp.id, properties, state };
    };
    await store.commit([device, twin("power"), twin("level"), twin("mode")]);
    await store.commit([confirmed(["power", "level"], true)]);
    await store.commit([twin("level")]);
    const marks = async () => {
      const [stored] = await (await reopen()).load();
      return [stored?.unconfirmed.toSorted(), stored?.isStateUnconfirmed];
    };
    assert.deepEqual(await marks(), [["level", "mode"], false]);
    const again = await reopen();
    await again.commit([confirmed(["level", "mode"], false), device]);
    assert.deepEqual(await marks(), [[], true]);
    await (await reopen()).commit([{ kind: "unconfirmed", device: lamp.id }]);
    assert.deepEqual(await marks(), [["level", "mode", "power"], true]);
  });

  test(`${name} store: the outbox keeps its order and never gives a sequence twice`, async (t) => {
    const { store, reopen } = await open(t);
    const sample = (sequence: number, device: DeviceId = lamp.id): StoreChange => {
      const value = { value: `v${sequence}`, metadata: { timestamp: sequence } };
      return { kind: "outbox", sequence, device, property: "power", sample: value };
    };
    assert.deepEqual(await store.outboxEnds(), { done: 0, last: 0 });
    await store.commit([sample(1), sample(2), sample(3, "default/other"), sample(4)]);
    await store.commit([{ kind: "outbox done", upTo: 1 }]);
    const reopened = await reopen();
    assert.deepEqual(await reopened.outboxEnds(), { done: 1, last: 4 });
    const waiting = await reopened.outboxAfter(0, 2);
    assert.deepEqual(
      waiting.map(({ sequence, device, property, sample: { value } }) =>
        [sequence, device, property, value].join(),
      ),
      ["2,default/lamp,power,v2", "3,default/other,power,v3"],
    );
    await reopened.commit([{ kind: "forget", device: lamp.id }]);
    const left = await reopened.outboxAfter(0, 10);
    assert.deepEqual(
      left.map(({ sequence }) => sequence),
      [3],
    );
    await reopened.commit([{ kind: "outbox done", upTo: 4 }]);
    assert.deepEqual(await (await reopen()).outboxEnds(), { done: 4, last: 4 });
  });
}
