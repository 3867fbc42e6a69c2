import type { Clock } from "@mapperkit/runtime";
import type { Database } from "better-sqlite3";
import type { Change, ChangeType, StoredObject } from "./stored-object.ts";

const KEEP_MS = 5 * 60_000;
const KEEP_ROWS = 100_000;
const SLICE_ROWS = 1000;

interface Row {
  rv: number;
  ns: string;
  name: string;
  uid: string;
  type: ChangeType;
  val: string;
  prev_rv: number | null;
  prev: string | null;
}

/**
 * The recent changes in SQLite: a watch that comes back, and the later pages of a list, are served
 * from it. At least five minutes are kept, unless those are more than 100,000 changes.
 */
export class ChangeLog {
  readonly #clock: Clock;
  readonly #statements: ReturnType<typeof prepare>;
  #compacted: number;
  #rows: number;

  constructor(db: Database, clock: Clock) {
    this.#clock = clock;
    this.#statements = prepare(db);
    this.#compacted = (this.#statements.compacted.pluck().get() as number | undefined) ?? 0;
    this.#rows = this.#statements.count.pluck().get() as number;
  }

  get compactedVersion(): number {
    return this.#compacted;
  }

  get highestVersion(): number {
    const logged = this.#statements.highest.pluck().get() as number | null;
    return Math.max(logged ?? 0, this.#compacted);
  }

  /** Must be called inside the transaction of the write that it records. */
  append({ type, object, previous }: Change): void {
    this.#statements.append.run({
      ...object,
      type,
      at: this.#clock.now(),
      previousVersion: previous?.resourceVersion ?? null,
      previousJson: previous?.json ?? null,
    });
    this.#rows += 1;
  }

  since(resource: string, version: number): Change[] | undefined {
    if (version < this.#compacted) return undefined;
    const rows = this.#statements.since.all(resource, version) as Row[];
    return rows.map((row) => toChange(resource, row));
  }

  /** Forgets up to one slice; true when more could go. */
  compact(): boolean {
    const horizon = this.#clock.now() - KEEP_MS;
    const surplus = this.#rows - KEEP_ROWS;
    const limit = Math.min(SLICE_ROWS, surplus > 0 ? surplus : SLICE_ROWS);
    const statement = surplus > 0 ? this.#statements.oldest : this.#statements.oldestBefore;
    const last = statement.pluck().get({ horizon, limit }) as number | null;
    if (last === null) return false;
    this.#statements.forget(last);
    this.#compacted = last;
    this.#rows = this.#statements.count.pluck().get() as number;
    return true;
  }
}

function toChange(resource: string, row: Row): Change {
  const key = { resource, namespace: row.ns, name: row.name, uid: row.uid };
  const object: StoredObject = { ...key, resourceVersion: row.rv, json: row.val };
  const previous =
    row.prev === null || row.prev_rv === null
      ? undefined
      : { ...key, resourceVersion: row.prev_rv, json: row.prev };
  return { type: row.type, object, previous };
}

function prepare(db: Database) {
  const remove = db.prepare("DELETE FROM log WHERE rv <= ?");
  const remember = db.prepare(
    `INSERT INTO meta (key, value) VALUES ('compacted', ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  return {
    compacted: db.prepare("SELECT value FROM meta WHERE key = 'compacted'"),
    count: db.prepare("SELECT count(*) FROM log"),
    highest: db.prepare("SELECT max(rv) FROM log"),
    append: db.prepare(
      `INSERT INTO log (rv, res, ns, name, uid, type, at, val, prev_rv, prev)
       VALUES (@resourceVersion, @resource, @namespace, @name, @uid, @type, @at, @json,
               @previousVersion, @previousJson)`,
    ),
    since: db.prepare("SELECT * FROM log WHERE res = ? AND rv > ? ORDER BY rv"),
    oldest: db.prepare("SELECT max(rv) FROM (SELECT rv FROM log ORDER BY rv LIMIT @limit)"),
    oldestBefore: db.prepare(
      `SELECT max(rv) FROM (SELECT rv, at FROM log ORDER BY rv LIMIT @limit) WHERE at < @horizon`,
    ),
    forget: db.transaction((version: number) => {
      remove.run(version);
      remember.run(version);
    }),
  };
}
