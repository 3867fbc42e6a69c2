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

/** Resolves when everything written so far is committed and told. */
function settled(store: Store): Promise<void> {
  return store.witness()();
}

function names(objects: readonly { name: string }[] | undefined): string[] | undefined {
  return objects?.map(({ name }) => name);
}

test("versions rise by one over all resources, and a change says what was before", async () => {
  const { store } = openStore();
  const seen: Change[] = [];
  store.subscribe((change) => seen.push(change));
  const made = store.put(write("a", 1));
  const changed = store.put(write("a", 2));
  store.put({ ...write("b"), resource: "others" });
  const gone = store.remove(write("a", 2));
  assert.equal(seen.length, 0, "nobody is told what is not yet on disk");
  assert.equal(store.publishedVersion, 0);
  await settled(store);
  assert.equal(store.publishedVersion, 4);
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

test("a listener that writes does not change the order for others", async () => {
  const { store } = openStore();
  store.subscribe(({ object }) => {
    if (object.name === "a") store.put(write("b"));
  });
  const seen: string[] = [];
  store.subscribe(({ object }) => seen.push(object.name));
  store.put(write("a"));
  await settled(store);
  assert.deepEqual(seen, ["a", "b"]);
  assert.equal(store.publishedVersion, 2, "both are on disk before anyone is answered");
});

test("an earlier state is what it was, for any history, on disk or not", async () => {
  const step = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    isRemoval: fc.boolean(),
    isTurnOver: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { store } = openStore();
      const history = [{ version: store.version, state: store.list("things") }];
      for (const [index, { name, isRemoval, isTurnOver }] of steps.entries()) {
        if (isTurnOver) await settled(store);
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
  await settled(store);
  await clock.advance(4 * 60_000);
  store.put(write("b"));
  await settled(store);
  await clock.advance(2 * 60_000);
  while (store.compact());
  assert.equal(store.compactedVersion, 1);
  assert.equal(store.changesSince("things", 0), undefined);
  assert.deepEqual(names(store.changesSince("things", 1)?.map(({ object }) => object)), ["b"]);
  store.remove(write("a"));
  store.remove(write("b"));
  await settled(store);
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
        await settled(store);
        await clock.advance(ageMs);
        if (isCompaction) while (store.compact());
      }
      await settled(store);
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

test("the past is bounded by its bytes, and each state is stored once", async () => {
  const clock = new VirtualClock();
  const db = new Sqlite(":memory:");
  migrate(db);
  const store = new Store(db, clock, { keepLogBytes: 100_000 });
  const value = "x".repeat(1000);
  for (let n = 0; n < 50; n++) store.put(write("a", value));
  await settled(store);
  const once = db.prepare("SELECT count(*) FROM log WHERE prev IS NOT NULL").pluck().get();
  assert.equal(once, 0);
  assert.equal(store.isOverfull, false);
  for (let n = 0; n < 450; n++) store.put(write("a", value));
  await settled(store);
  assert.equal(store.isOverfull, true);
  while (store.compact());
  assert.equal(store.isOverfull, false);
  const kept = db.prepare("SELECT sum(octet_length(val)) FROM log").pluck().get() as number;
  assert.ok(kept <= 100_000 && kept > 80_000, `${kept} bytes`);
  assert.ok(store.changesSince("things", store.compactedVersion)?.[0]?.previous);
});

const REFUSE = `CREATE TRIGGER full BEFORE INSERT ON log WHEN NEW.name = 'b'
  BEGIN SELECT RAISE(ABORT, 'disk full'); END`;

test("a group that SQLite refuses changes nothing, and whoever saw it is told", async () => {
  const lost: string[] = [];
  const db = new Sqlite(":memory:");
  migrate(db);
  const onLost = (why: Error) => lost.push(why.message);
  const store = new Store(db, new VirtualClock(), { onLost });
  const seen: Change[] = [];
  store.subscribe((change) => seen.push(change));
  store.put(write("a", 1));
  store.put(write("c", 1));
  await settled(store);
  db.exec(REFUSE);
  const [writer, reader] = [store.witness(), store.witness()];
  store.put(write("a", 2));
  store.remove(write("c", 1));
  store.put(write("b", 1));
  assert.deepEqual(names(store.list("things")), ["a", "b"]);
  await assert.rejects(writer(), { code: 500, message: "nothing was stored: disk full" });
  await assert.rejects(reader(), { code: 500 }, "however late it asks");
  assert.deepEqual(lost, ["nothing was stored: disk full"]);
  assert.equal(seen.length, 2);
  assert.equal(store.version, 2);
  assert.deepEqual(names(store.list("things")), ["a", "c"]);
  assert.match(store.get("things", "default", "a")?.json ?? "", /"value":1/);
  db.exec("DROP TRIGGER full");
  assert.equal(store.put(write("b", 3)).resourceVersion, 3);
  await settled(store);
  assert.deepEqual(names(new Store(db, new VirtualClock()).list("things")), ["a", "b", "c"]);
});

test("a full disk is answered as one, and heals", async () => {
  const { store, db } = openStore();
  store.put(write("a"));
  await settled(store);
  db.pragma(`max_page_count = ${db.pragma("page_count", { simple: true })}`);
  const witness = store.witness();
  store.put(write("b", "x".repeat(100_000)));
  await assert.rejects(witness(), {
    code: 507,
    reason: "InsufficientStorage",
    message:
      "nothing was stored: the disk of the data folder is full: free some space and try again",
  });
  assert.deepEqual(names(store.list("things")), ["a"]);
  db.pragma("max_page_count = 1000000");
  store.put(write("b"));
  await settled(store);
  assert.deepEqual(names(store.list("things")), ["a", "b"]);
});

test("a listener that throws loses neither the write nor the others", async () => {
  const { store } = openStore();
  store.subscribe(() => {
    throw new Error("a listener's mistake");
  });
  const seen: string[] = [];
  store.subscribe(({ object }) => seen.push(object.name));
  const witness = store.witness();
  store.put(write("a"));
  await assert.rejects(witness(), /a listener's mistake/);
  assert.deepEqual(seen, ["a"]);
  assert.equal(store.put(write("b")).resourceVersion, 2);
});

test("closing brings to the disk what is not yet there", () => {
  const { store, db } = openStore();
  const upTo = () => db.prepare("SELECT max(rv) FROM objects").pluck().get();
  store.put(write("a"));
  assert.equal(upTo(), null);
  const close = db.close.bind(db);
  let atClose: unknown;
  db.close = () => {
    atClose = upTo();
    return close();
  };
  store.close();
  assert.equal(atClose, 1);
});

test("a past that cannot be forgotten now is forgotten later", async () => {
  const failures: unknown[] = [];
  const db = new Sqlite(":memory:");
  migrate(db);
  const clock = new VirtualClock();
  const store = new Store(db, clock, { onUpkeepFailed: (cause) => failures.push(cause) });
  store.put(write("a"));
  await settled(store);
  await clock.advance(10 * 60_000);
  db.exec("CREATE TRIGGER full BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  assert.equal(store.compact(), false);
  assert.match(String(failures[0]), /disk full/);
  assert.equal(store.compactedVersion, 0);
  db.exec("DROP TRIGGER full");
  while (store.compact());
  assert.equal(store.compactedVersion, 1);
});
