import assert from "node:assert/strict";
import { test } from "node:test";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { BatchWriter } from "./batch-writer.ts";
import { migrate } from "./migrations.ts";
import { STATEMENTS, type Write } from "./statements.ts";
import { WriteBatch } from "./write-batch.ts";

const key = fc.integer({ min: 0, max: 30 }).map((n) => `dev-${n}`);
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(key, key, fc.string()).map((values): Write => {
      return { statement: "putTwin", values };
    }),
  },
  fc.tuple(key, fc.nat(9), fc.string()).map(([device, sequence, body]): Write => {
    return { statement: "putSample", values: [device, "p", sequence, body] };
  }),
  key.map((device): Write => ({ statement: "dropTwins", values: [device] })),
  key.map((device): Write => ({ statement: "unconfirmTwins", values: [device] })),
  fc.tuple(key, key).map(([device, property]): Write => {
    return { statement: "confirmTwins", values: [device, JSON.stringify([property])] };
  }),
);

test("a batch does what its writes do one by one, in their order", () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 200 }), (writes) => {
      const [single, batched] = [openEmpty(), openEmpty()];
      for (const { statement, values } of writes)
        single.prepare(STATEMENTS[statement]).run(...values);
      const batch = new WriteBatch();
      for (const one of writes) batch.add(one);
      new BatchWriter(batched).write(batch.flat);
      assert.deepEqual(contentOf(batched), contentOf(single));
      single.close();
      batched.close();
    }),
    { numRuns: 100 },
  );
});

test("a batch of which one row is refused leaves nothing behind", () => {
  const db = openEmpty();
  const batch = new WriteBatch();
  for (let n = 0; n < 50; n++) {
    batch.add({ statement: "putTwin", values: [`dev-${n}`, "p", n === 45 ? null : "{}"] });
  }
  assert.throws(() => new BatchWriter(db).write(batch.flat), { code: "SQLITE_CONSTRAINT_NOTNULL" });
  assert.deepEqual(contentOf(db), [[], []]);
  db.close();
});

function openEmpty(): Sqlite.Database {
  const db = new Sqlite(":memory:");
  migrate(db);
  return db;
}

function contentOf(db: Sqlite.Database): unknown[] {
  return ["device_twin", "twin_history"].map((table) =>
    db.prepare(`SELECT * FROM ${table}`).raw().all(),
  );
}
