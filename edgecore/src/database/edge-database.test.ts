import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import Sqlite from "better-sqlite3";
import { DATABASE_FILE, EdgeDatabase } from "./edge-database.ts";

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edge-database-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function isUnusable(folder: string, reason: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof MapperkitError);
    assert.equal(error.code, "invalid_input");
    assert.ok(error.message.startsWith(`dataDir ${folder} cannot be used: `), error.message);
    assert.match(error.message, reason);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}

test("two edges on one folder: the second is told, the first goes on", async (t) => {
  const folder = await newFolder(t);
  const first = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  const second = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  t.after(() => first.stop());
  await first.start(t.signal);
  await assert.rejects(second.start(t.signal), isUnusable(folder, /another edgecore is using it/));
  await second.stop();
  await first.commit([{ statement: "putMeta", values: ["k", "device", "{}"] }]);
  assert.deepEqual(await first.rows("meta"), [["k", "device", "{}"]]);
});

test("a stopped edge leaves the folder free", async (t) => {
  const folder = await newFolder(t);
  for (const _ of [1, 2]) {
    const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
    await database.start(t.signal);
    await database.stop();
  }
});

test("a folder that cannot be made is named", async (t) => {
  const file = join(await newFolder(t), "file");
  await writeFile(file, "");
  const folder = join(file, "data");
  const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await assert.rejects(database.start(t.signal), isUnusable(folder, /ENOTDIR/));
});

test("a file of a newer release is not touched", async (t) => {
  const folder = await newFolder(t);
  const db = new Sqlite(join(folder, DATABASE_FILE));
  db.pragma("user_version = 99");
  db.close();
  const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await assert.rejects(database.start(t.signal), isUnusable(folder, /version 99/));
});

test("a write that SQLite refuses rejects with its code and the next one works", async (t) => {
  const database = new EdgeDatabase({
    folder: await newFolder(t),
    clock: new RealClock(),
    log: silentLog,
  });
  t.after(() => database.stop());
  await database.start(t.signal);
  await assert.rejects(
    database.commit([
      { statement: "putMeta", values: ["a", "device", "{}"] },
      { statement: "putMeta", values: ["b", "device", null] },
    ]),
    (error: unknown) =>
      error instanceof MapperkitError && error.details.sqlite === "SQLITE_CONSTRAINT_NOTNULL",
  );
  await database.commit([{ statement: "putMeta", values: ["c", "device", "{}"] }]);
  assert.deepEqual(await database.rows("meta"), [["c", "device", "{}"]]);
});
