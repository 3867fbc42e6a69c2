import type Sqlite from "better-sqlite3";
import { PARAMETERS, STATEMENTS, type StatementName } from "./statements.ts";
import { eachRun, type FlatWrites } from "./write-batch.ts";

/** Rows that one wide statement takes: twice as fast as one by one, more gains nothing. */
const WIDE_ROWS = 20;
const TUPLE = /VALUES (\([?, ]+\))/;

/** Carries out the writes of a commit, all or none. */
export class BatchWriter {
  readonly #db: Sqlite.Database;
  readonly #narrow = new Map<StatementName, Sqlite.Statement>();
  readonly #wide = new Map<StatementName, Sqlite.Statement | undefined>();
  readonly #transaction: (flat: FlatWrites) => void;

  constructor(db: Sqlite.Database) {
    this.#db = db;
    this.#transaction = db.transaction((flat: FlatWrites) => {
      eachRun(flat, (statement, count, from) => this.#run(flat, statement, count, from));
    });
  }

  /** Returns when the writes are as durable as the database's `synchronous` makes them. */
  write(flat: FlatWrites): void {
    this.#transaction(flat);
  }

  #run(flat: FlatWrites, statement: StatementName, count: number, from: number): void {
    const width = PARAMETERS[statement];
    const wide = count >= WIDE_ROWS ? this.#wideOf(statement) : undefined;
    const end = from + count * width;
    let at = from;
    if (wide) {
      const step = WIDE_ROWS * width;
      for (; at + step <= end; at += step) wide.run(flat.slice(at, at + step));
    }
    const narrow = this.#narrowOf(statement);
    if (width === 0) narrow.run();
    else for (; at < end; at += width) narrow.run(flat.slice(at, at + width));
  }

  #narrowOf(name: StatementName): Sqlite.Statement {
    const known = this.#narrow.get(name) ?? this.#db.prepare(STATEMENTS[name]);
    this.#narrow.set(name, known);
    return known;
  }

  /** Undefined for a statement that does not put rows. */
  #wideOf(name: StatementName): Sqlite.Statement | undefined {
    if (this.#wide.has(name)) return this.#wide.get(name);
    const sql: string = STATEMENTS[name];
    const tuples = (_: string, tuple: string) =>
      `VALUES ${Array.from({ length: WIDE_ROWS }, () => tuple).join(", ")}`;
    const wide = TUPLE.test(sql) ? this.#db.prepare(sql.replace(TUPLE, tuples)) : undefined;
    this.#wide.set(name, wide);
    return wide;
  }
}
