import { createRequire } from "node:module";
import type { DatabaseSync } from "node:sqlite";
import { type DeviceId, MapperkitError, type MsgTwin } from "@mapperkit/api";
import { MAX_WAITING, type ReportBuffer, type WaitingSample } from "./report-buffer.ts";

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS sample (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, property TEXT NOT NULL, change TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS sample_of ON sample (device, property, id);
  CREATE TABLE IF NOT EXISTS latest (
    device TEXT NOT NULL, property TEXT NOT NULL, change TEXT NOT NULL,
    PRIMARY KEY (device, property)) WITHOUT ROWID;
`;

/**
 * A buffer in a file, which outlives the process; the operating system's end may cost the last
 * moments (synchronous is NORMAL). Nothing is opened before the first use.
 */
export class SqliteBuffer implements ReportBuffer {
  readonly #file: string;
  readonly #max: number;
  #database: DatabaseSync | undefined;
  #depth = 0;
  #dropped = 0;

  constructor(file: string, max: number = MAX_WAITING) {
    this.#file = file;
    this.#max = max;
  }

  get depth(): number {
    return this.#depth;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(device: DeviceId, property: string, change: MsgTwin): void {
    const database = this.#open();
    database
      .prepare("INSERT INTO sample (device, property, change) VALUES (?, ?, ?)")
      .run(device, property, JSON.stringify(change));
    this.#depth += 1;
    if (this.#depth <= this.#max) return;
    database.exec("DELETE FROM sample WHERE id = (SELECT min(id) FROM sample)");
    this.#depth -= 1;
    this.#dropped += 1;
  }

  first(device: DeviceId): readonly WaitingSample[] {
    const rows = this.#open()
      .prepare(
        `SELECT id, property, change FROM sample WHERE id IN
           (SELECT min(id) FROM sample WHERE device = ? GROUP BY property)`,
      )
      .all(device);
    return rows.map(({ id, property, change }) => {
      return { id: Number(id), property: String(property), change: JSON.parse(String(change)) };
    });
  }

  settle(_: DeviceId, samples: readonly WaitingSample[]): void {
    const remove = this.#open().prepare("DELETE FROM sample WHERE id = ?");
    for (const { id } of samples) this.#depth -= Number(remove.run(id).changes);
  }

  keepLatest(device: DeviceId, changes: ReadonlyMap<string, MsgTwin>): void {
    // What nobody ever kept need not be removed: most mappers never lose their edge.
    if (changes.size === 0 && !this.#database) return;
    const database = this.#open();
    database.exec("BEGIN");
    database.prepare("DELETE FROM latest WHERE device = ?").run(device);
    const insert = database.prepare(
      "INSERT INTO latest (device, property, change) VALUES (?, ?, ?)",
    );
    for (const [property, change] of changes) insert.run(device, property, JSON.stringify(change));
    database.exec("COMMIT");
  }

  latest(device: DeviceId): ReadonlyMap<string, MsgTwin> {
    const rows = this.#open()
      .prepare("SELECT property, change FROM latest WHERE device = ?")
      .all(device);
    return new Map(
      rows.map(({ property, change }) => [String(property), JSON.parse(String(change))]),
    );
  }

  /** @throws MapperkitError `invalid_input` when the file cannot be a buffer */
  open(): void {
    try {
      this.#open();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `bufferFile is "${this.#file}", which cannot be opened: ${why}`;
      throw new MapperkitError("invalid_input", message, {
        cause,
        details: { field: "bufferFile" },
      });
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): DatabaseSync {
    if (this.#database) return this.#database;
    // Loaded when first used: a mapper without a buffer file pays nothing for it.
    const sqlite: typeof import("node:sqlite") = createRequire(import.meta.url)("node:sqlite");
    const database = new sqlite.DatabaseSync(this.#file);
    database.exec(SCHEMA);
    const row = database.prepare("SELECT count(*) AS depth FROM sample").get();
    this.#depth = Number(row?.depth ?? 0);
    this.#database = database;
    return database;
  }
}
