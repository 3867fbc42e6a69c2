import type { Clock } from "@mapperkit/runtime";
import type { Database } from "better-sqlite3";
import type { Change, ChangeType, StoredObject } from "./stored-object.ts";

const KEEP_MS = 5 * 60_000;
const KEEP_ROWS = 100_000;
const KEEP_BYTES = 32 * 1024 * 1024;
/** What remains when the log was overfull. */
const KEEP_SHARE = 0.9;
const SLICE_ROWS = 1000;

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

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
 * from it. At least five minutes are kept, unless those are more than 100,000 changes or `keepBytes`.
 * The state before a change is stored with it only where the log does not hold that state itself.
 */
export class ChangeLog {
  readonly #clock: Clock;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #keepBytes: number;
  #compacted: number;
  #rows: number;
  #bytes: number;

  constructor(db: Database, clock: Clock, keepBytes = KEEP_BYTES) {
    this.#clock = clock;
    this.#keepBytes = keepBytes;
    this.#statements = prepare(db);
    this.#compacted = (this.#statements.compacted.pluck().get() as number | undefined) ?? 0;
    ({ rows: this.#rows, bytes: this.#bytes } = this.#measure());
  }

  /** More is kept than ought to be. */
  get isOverfull(): boolean {
    return this.#rows > KEEP_ROWS || this.#bytes > this.#keepBytes;
  }

  get compactedVersion(): number {
    return this.#compacted;
  }

  get highestVersion(): number {
    const logged = this.#statements.highest.pluck().get() as number | null;
    return Math.max(logged ?? 0, this.#compacted);
  }

  /** Must be called inside the transaction of the write that it records. Returns its bytes. */
  append({ type, object, previous }: Change): number {
    const isLogged = previous !== undefined && previous.resourceVersion > this.#compacted;
    const previousJson = isLogged ? null : (previous?.json ?? null);
    this.#statements.append.run({
      ...object,
      type,
      at: this.#clock.now(),
      previousVersion: previous?.resourceVersion ?? null,
      previousJson,
    });
    return Buffer.byteLength(object.json) + Buffer.byteLength(previousJson ?? "");
  }

  /** What was appended is committed. */
  grow({ rows, bytes }: Size): void {
    this.#rows += rows;
    this.#bytes += bytes;
  }

  since(resource: string, version: number): Change[] | undefined {
    if (version < this.#compacted) return undefined;
    const rows = this.#statements.since.all(resource, version) as Row[];
    return rows.map((row) => toChange(resource, row));
  }

  /** Forgets up to one slice; true when more could go. */
  compact(): boolean {
    const horizon = this.#clock.now() - KEEP_MS;
    const surplus = this.#surplusRows();
    const limit = Math.min(SLICE_ROWS, surplus > 0 ? surplus : SLICE_ROWS);
    const statement = surplus > 0 ? this.#statements.oldest : this.#statements.oldestBefore;
    const last = statement.pluck().get({ horizon, limit }) as number | null;
    if (last === null) return false;
    const gone = this.#statements.forget(last);
    this.#compacted = last;
    this.#rows -= gone.rows;
    this.#bytes -= gone.bytes;
    return true;
  }

  /** More than the bare surplus, so that the next write does not make the log overfull again. */
  #surplusRows(): number {
    if (!this.isOverfull) return 0;
    const averageBytes = Math.max(1, this.#bytes / Math.max(1, this.#rows));
    const surplusBytes = this.#bytes - this.#keepBytes * KEEP_SHARE;
    return Math.ceil(Math.max(this.#rows - KEEP_ROWS * KEEP_SHARE, surplusBytes / averageBytes));
  }

  #measure(): Size {
    return this.#statements.measure.get() as Size;
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
  const size = `SELECT count(*) AS rows,
      coalesce(sum(octet_length(val) + coalesce(octet_length(prev), 0)), 0) AS bytes FROM log`;
  const sizeUpTo = db.prepare(`${size} WHERE rv <= @version`);
  const previousBytes = db
    .prepare(
      `SELECT coalesce(sum(octet_length(prev)), 0) FROM log
       WHERE prev_rv <= @version AND rv > @version`,
    )
    .pluck();
  const keepPrevious = db.prepare(
    `UPDATE log SET prev = (SELECT val FROM log AS before WHERE before.rv = log.prev_rv)
     WHERE prev_rv <= @version AND rv > @version AND prev IS NULL`,
  );
  const remember = db.prepare(
    `INSERT INTO meta (key, value) VALUES ('compacted', ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  return {
    compacted: db.prepare("SELECT value FROM meta WHERE key = 'compacted'"),
    measure: db.prepare(size),
    highest: db.prepare("SELECT max(rv) FROM log"),
    append: db.prepare(
      `INSERT INTO log (rv, res, ns, name, uid, type, at, val, prev_rv, prev)
       VALUES (@resourceVersion, @resource, @namespace, @name, @uid, @type, @at, @json,
               @previousVersion, @previousJson)`,
    ),
    since: db.prepare(
      `SELECT log.rv, log.ns, log.name, log.uid, log.type, log.val, log.prev_rv,
              coalesce(log.prev, before.val) AS prev
       FROM log LEFT JOIN log AS before ON before.rv = log.prev_rv
       WHERE log.res = ? AND log.rv > ? ORDER BY log.rv`,
    ),
    oldest: db.prepare("SELECT max(rv) FROM (SELECT rv FROM log ORDER BY rv LIMIT @limit)"),
    oldestBefore: db.prepare(
      `SELECT max(rv) FROM (SELECT rv, at FROM log ORDER BY rv LIMIT @limit) WHERE at < @horizon`,
    ),
    forget: db.transaction((version: number): Size => {
      const previousBefore = previousBytes.get({ version }) as number;
      const gone = sizeUpTo.get({ version }) as Size;
      keepPrevious.run({ version });
      remove.run(version);
      remember.run(version);
      const previousAfter = previousBytes.get({ version }) as number;
      return { rows: gone.rows, bytes: gone.bytes + previousBefore - previousAfter };
    }),
  };
}
