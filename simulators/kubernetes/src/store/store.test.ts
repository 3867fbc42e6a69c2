import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { Store } from "./store.ts";
import { migrate } from "./store-schema.ts";
import type { Change } from "./stored-object.ts";

function openStore(clock = new VirtualClock()): {
  store: Store;
  clock: VirtualClock;
  db: Sqlite.Database;
} {
  const db = new Sqlite(":memory:");
  migrate(db);
  return { store: new Store(db, clock), clock, db };
}

function write(name: string, value: unknown = {}) {
  return {
    resource: "things",
    namespace: "default",
    name,
    uid: `uid-${name}`,
    encode: (resourceVersion: number) => JSON.stringify({ name, value, resourceVersion }),
  };
}

function names(objects: readonly { name: string }[] | undefined): string[] | undefined {
  return objects?.map(({ name }) => name);
}

test("versions rise by one over all resources, and a change says what was before", () => {
  const { store } = openStore();
  const seen: Change[] = [];
  store.subscribe((change) => seen.push(change));
  const made = store.put(write("a", 1));
  const changed = store.put(write("a", 2));
  store.put({ ...write("b"), resource: "others" });
  const gone = store.remove(write("a", 2));
  assert.deepEqual(
    seen.map(({ type, object }) => [type, object.name, object.resourceVersion]),
    [
      ["ADDED", "a", 1],
      ["MODIFIED", "a", 2],
      ["ADDED", "b", 3],
      ["DELETED", "a", 4],
    ],
  );
  assert.equal(seen[1]?.previous, made);
  assert.equal(seen[3]?.previous, changed);
  assert.equal(JSON.parse(gone.json).resourceVersion, 4);
  assert.equal(store.get("things", "default", "a"), undefined);
});

test("a listener that writes does not change the order for others", () => {
  const { store } = openStore();
  store.subscribe(({ object }) => {
    if (object.name === "a") store.put(write("b"));
  });
  const seen: string[] = [];
  store.subscribe(({ object }) => seen.push(object.name));
  store.put(write("a"));
  assert.deepEqual(seen, ["a", "b"]);
});

test("an earlier state is what it was, for any history", () => {
  const step = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), isRemoval: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { store } = openStore();
      const history = [{ version: store.version, state: store.list("things") }];
      for (const [index, { name, isRemoval }] of steps.entries()) {
        if (isRemoval) store.remove(write(name, index));
        else store.put(write(name, index));
        history.push({ version: store.version, state: store.list("things") });
      }
      for (const { version, state } of history) {
        assert.deepEqual(store.listAt("things", "default", version), state);
      }
      store.close();
    }),
  );
});

test("what is older than five minutes is forgotten, and the version survives it", async () => {
  const { store, clock, db } = openStore();
  store.put(write("a"));
  await clock.advance(4 * 60_000);
  store.put(write("b"));
  await clock.advance(2 * 60_000);
  while (store.compact());
  assert.equal(store.compactedVersion, 1);
  assert.equal(store.changesSince("things", 0), undefined);
  assert.deepEqual(names(store.changesSince("things", 1)?.map(({ object }) => object)), ["b"]);
  store.remove(write("a"));
  store.remove(write("b"));
  await clock.advance(10 * 60_000);
  while (store.compact());
  const reopened = new Store(db, clock);
  assert.equal(reopened.version, 4);
  assert.deepEqual(reopened.list("things"), []);
});

test("what is still remembered stays true however much is forgotten, also after opening anew", async () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    isRemoval: fc.boolean(),
    ageMs: fc.constantFrom(0, 60_000, 200_000),
    isCompaction: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { store, clock, db } = openStore();
      const history = [{ version: store.version, state: store.list("things") }];
      for (const [index, { name, isRemoval, ageMs, isCompaction }] of steps.entries()) {
        if (isRemoval) store.remove(write(name, index));
        else store.put(write(name, index));
        history.push({ version: store.version, state: store.list("things") });
        await clock.advance(ageMs);
        if (isCompaction) while (store.compact());
      }
      for (const seen of [store, new Store(db, clock)]) {
        for (const { version, state } of history) {
          const expected = version < seen.compactedVersion ? undefined : state;
          // The present state needs no memory.
          if (version === seen.version)
            assert.deepEqual(seen.listAt("things", "default", version), state);
          else assert.deepEqual(seen.listAt("things", "default", version), expected);
        }
      }
      store.close();
    }),
    { numRuns: 60 },
  );
});

test("the past is bounded by its bytes, and each state is stored once", () => {
  const clock = new VirtualClock();
  const db = new Sqlite(":memory:");
  migrate(db);
  const store = new Store(db, clock, 100_000);
  const value = "x".repeat(1000);
  for (let n = 0; n < 50; n++) store.put(write("a", value));
  const once = db.prepare("SELECT count(*) FROM log WHERE prev IS NOT NULL").pluck().get();
  assert.equal(once, 0);
  assert.equal(store.isOverfull, false);
  for (let n = 0; n < 450; n++) store.put(write("a", value));
  assert.equal(store.isOverfull, true);
  while (store.compact());
  assert.equal(store.isOverfull, false);
  const kept = db.prepare("SELECT sum(octet_length(val)) FROM log").pluck().get() as number;
  assert.ok(kept <= 100_000 && kept > 80_000, `${kept} bytes`);
  assert.ok(store.changesSince("things", store.compactedVersion)?.[0]?.previous);
});

test("a write that SQLite refuses changes nothing", () => {
  const { store, db } = openStore();
  store.put(write("a", 1));
  db.exec("CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  assert.throws(() => store.put(write("a", 2)), /disk full/);
  assert.equal(store.version, 1);
  assert.match(store.get("things", "default", "a")?.json ?? "", /"value":1/);
  db.exec("DROP TRIGGER full");
  assert.equal(store.put(write("a", 3)).resourceVersion, 2);
});
