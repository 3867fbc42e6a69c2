import assert from "node:assert/strict";
import { readFileSync, type Stats, statSync } from "node:fs";
import { type FileHandle, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MemoryLog, silentLog } from "@mapperkit/runtime";
import fc from "fast-check";
import type { KeptChange } from "./session-journal.ts";
import { SESSIONS_FILE, SqliteSessionJournal } from "./sqlite-session-journal.ts";

const BLOCK = 512;

/**
 * What would be left of files after a loss of power. A page whose write failed once is taken for
 * written by the kernel (Linux), so it stays as it was until it is written again.
 */
class Disk {
  readonly #files = new Map<string, { seen: Buffer; durable: Buffer }>();
  readonly #main: string;
  #answers: boolean[] = [];

  constructor(folder: string) {
    this.#main = join(folder, SESSIONS_FILE);
  }

  /** Whether each of the next syncs succeeds; those after them do. */
  will(...answers: readonly boolean[]): void {
    this.#answers = [...answers];
  }

  readonly sync = async (file: FileHandle): Promise<void> => {
    this.#noteMain();
    const stat = await file.stat();
    const { size } = stat;
    const key = keyOf(stat);
    const now = Buffer.alloc(size);
    if (size > 0) await file.read(now, 0, size, 0);
    const { seen, durable } = this.#files.get(key) ?? {
      seen: Buffer.alloc(0),
      durable: Buffer.alloc(0),
    };
    const isWritten = this.#answers.shift() ?? true;
    this.#files.set(key, { seen: now, durable: isWritten ? merged(durable, seen, now) : durable });
    if (!isWritten) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  };

  left(path: string): Buffer {
    this.#noteMain();
    return this.#files.get(keyOf(statSync(path)))?.durable ?? Buffer.alloc(0);
  }

  /** A new file is there as it is before the first sync: SQLite has made it, and waited for it. */
  #noteMain(): void {
    const key = keyOf(statSync(this.#main));
    const seen = readFileSync(this.#main);
    if (!this.#files.has(key)) this.#files.set(key, { seen, durable: seen });
  }
}

/** A number is given to another file once its own is gone. */
function keyOf({ ino, birthtimeMs }: Stats): string {
  return `${ino} of ${birthtimeMs}`;
}

/** Only what has changed since the kernel looked last is written. */
function merged(durable: Buffer, seen: Buffer, now: Buffer): Buffer {
  const result = Buffer.alloc(now.length);
  durable.copy(result);
  for (let at = 0; at < now.length; at += BLOCK) {
    const block = now.subarray(at, at + BLOCK);
    if (!block.equals(seen.subarray(at, at + BLOCK))) block.copy(result, at);
  }
  return result;
}

async function newFolder(t: Pick<TestContext, "after">): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "session-journal-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function put(id: string, facts: string): KeptChange {
  const payload = Buffer.alloc(1_500, facts);
  return { put: { kind: "outgoing", owner: "lamp", id, facts, payload } };
}

async function factsIn(journal: SqliteSessionJournal): Promise<Map<string, string>> {
  return new Map((await journal.load()).map(({ id, facts }) => [id, facts]));
}

/** Opens what the disk would hold if the power failed now. */
async function afterPowerLoss(
  t: Pick<TestContext, "after">,
  folder: string,
  disk: Disk,
): Promise<Map<string, string>> {
  const other = await newFolder(t);
  for (const suffix of ["", "-wal"]) {
    const name = `${SESSIONS_FILE}${suffix}`;
    await writeFile(join(other, name), disk.left(join(folder, name)));
  }
  const journal = await SqliteSessionJournal.open(other, { durability: "full", log: silentLog });
  const facts = await factsIn(journal);
  await journal.close();
  return facts;
}

const commits = fc.array(
  fc.record({
    ids: fc.uniqueArray(fc.nat(30).map(String), { minLength: 1, maxLength: 6 }),
    answers: fc.array(fc.boolean(), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 25 },
);

test("whatever the disk refuses, what was committed is there when the power fails", async (t) => {
  await fc.assert(
    fc.asyncProperty(commits, async (steps) => {
      const folder = await newFolder(t);
      const disk = new Disk(folder);
      const options = { durability: "full", log: silentLog, maxLogBytes: 30_000 } as const;
      const journal = await SqliteSessionJournal.open(folder, { ...options, sync: disk.sync });
      const committed = new Map<string, string>();
      for (const [step, { ids, answers }] of steps.entries()) {
        disk.will(...answers);
        await journal.commit(ids.map((id) => put(id, `${step}`)));
        for (const id of ids) committed.set(id, `${step}`);
      }
      disk.will();
      const left = await afterPowerLoss(t, folder, disk);
      await journal.close();
      assert.deepEqual(sorted(left), sorted(committed));
    }),
    { numRuns: 25 },
  );
});

function sorted(facts: ReadonlyMap<string, string>): [string, string][] {
  return [...facts].toSorted(([a], [b]) => Number(a) - Number(b));
}

test("a disk that refuses once: told, written anew, and the next commit is an everyday one", async (t) => {
  const folder = await newFolder(t);
  const disk = new Disk(folder);
  const log = new MemoryLog();
  const options = { durability: "full", log, sync: disk.sync } as const;
  const journal = await SqliteSessionJournal.open(folder, options);
  await journal.commit([put("1", "a")]);
  const former = keyOf(statSync(join(folder, SESSIONS_FILE)));
  disk.will(false);
  await journal.commit([put("2", "b")]);
  assert.notEqual(keyOf(statSync(join(folder, SESSIONS_FILE))), former);
  await journal.commit([put("3", "c")]);
  assert.deepEqual(
    log.entries.map(({ level, message }) => [level, message]),
    [["warn", "MQTT sessions written anew, the disk had refused"]],
  );
  assert.equal((await afterPowerLoss(t, folder, disk)).size, 3);
  await journal.close();
});

test("what the disk refuses for good is refused, and taken once it is mended", async (t) => {
  const folder = await newFolder(t);
  const disk = new Disk(folder);
  const log = new MemoryLog();
  const options = { durability: "full", log, sync: disk.sync } as const;
  const journal = await SqliteSessionJournal.open(folder, options);
  await journal.commit([put("1", "a")]);
  // Where the new file is to be, there is a folder: it cannot be written.
  const inTheWay = join(folder, `${SESSIONS_FILE}.new`);
  await mkdir(join(inTheWay, "x"), { recursive: true });
  disk.will(false);
  await assert.rejects(journal.commit([put("2", "b")]));
  await assert.rejects(
    journal.commit([put("2", "b")]),
    "the disk is not asked as if all were well",
  );
  await rm(inTheWay, { recursive: true });
  await journal.commit([put("2", "c")]);
  const left = await afterPowerLoss(t, folder, disk);
  assert.deepEqual(sorted(left), [
    ["1", "a"],
    ["2", "c"],
  ]);
  await journal.close();
});

for (const durability of ["full", "normal"] as const) {
  test(`${durability}: the log is emptied when it is long, and nothing is lost`, async (t) => {
    const folder = await newFolder(t);
    const options = { durability, log: silentLog, maxLogBytes: 100_000 };
    const journal = await SqliteSessionJournal.open(folder, options);
    let longest = 0;
    for (let n = 0; n < 200; n += 1) {
      await journal.commit([put(`${n % 20}`, `${n}`)]);
      longest = Math.max(longest, statSync(join(folder, `${SESSIONS_FILE}-wal`)).size);
    }
    assert.ok(longest > 80_000 && longest < 200_000, `${longest} bytes at most`);
    assert.equal((await factsIn(journal)).size, 20);
    await journal.close();
    const again = await SqliteSessionJournal.open(folder, options);
    assert.equal((await factsIn(again)).get("19"), "199");
    await again.close();
  });
}

test("a damaged file is set aside and told, and the broker starts empty", async (t) => {
  const folder = await newFolder(t);
  const file = join(folder, SESSIONS_FILE);
  await writeFile(file, "no database, but long enough to look like the head of one".repeat(50));
  const log = new MemoryLog();
  const journal = await SqliteSessionJournal.open(folder, { durability: "full", log });
  assert.deepEqual(await journal.load(), []);
  await journal.close();
  assert.match(String(await readFile(`${file}.damaged`)), /^no database/);
  assert.equal(log.entries[0]?.level, "error");
});

test("a folder that cannot be used is named", async (t) => {
  const file = join(await newFolder(t), "file");
  await writeFile(file, "");
  await assert.rejects(
    SqliteSessionJournal.open(file, { durability: "full", log: silentLog }),
    /dataDir .*file cannot be used/,
  );
});
