import Sqlite from "better-sqlite3";

/** The tables with their columns, the keys first; JSON columns must still be JSON. */
const TABLES = [
  { name: "meta", keys: ["key"], columns: ["key", "type", "value"], json: [2] },
  {
    name: "device",
    keys: ["id"],
    columns: ["id", "name", "description", "state", "last_online", "details"],
    json: [5],
  },
  {
    name: "device_twin",
    keys: ["deviceid", "name"],
    columns: ["deviceid", "name", "body"],
    json: [2],
  },
  {
    name: "twin_history",
    keys: ["deviceid", "name", "sequence"],
    columns: ["deviceid", "name", "sequence", "body"],
    json: [3],
  },
  { name: "sqlite_sequence", keys: ["name"], columns: ["name", "seq"], json: [] },
  {
    name: "sample_outbox",
    keys: ["sequence"],
    columns: ["sequence", "deviceid", "name", "body"],
    json: [3],
  },
  { name: "sub_topics", keys: ["topic"], columns: ["topic"], json: [] },
] as const;

/**
 * Copies all rows that a damaged file still gives into `target`, from both ends of each table up to
 * what cannot be read. Gives their number.
 */
export function salvage(file: string, target: Sqlite.Database): number {
  let source: Sqlite.Database;
  try {
    source = new Sqlite(file, { fileMustExist: true });
    // Lets SQLite read a file that is shorter than its header says.
    source.unsafeMode(true).pragma("writable_schema = ON");
  } catch {
    return 0;
  }
  let count = 0;
  try {
    target.transaction(() => {
      for (const table of TABLES) count += salvageTable(source, target, table);
      // A device whose own row is lost goes on with its twin; the cloud says whether it belongs here.
      target.exec(
        `INSERT OR IGNORE INTO device (id, name, description, state, last_online)
         SELECT DISTINCT deviceid, substr(deviceid, instr(deviceid, '/') + 1), '', '', ''
         FROM device_twin`,
      );
    })();
  } finally {
    source.close();
  }
  return count;
}

function salvageTable(
  source: Sqlite.Database,
  target: Sqlite.Database,
  { name, keys, columns, json }: (typeof TABLES)[number],
): number {
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  let count = 0;
  for (const direction of ["ASC", "DESC"]) {
    try {
      const order = keys.map((key) => `${key} ${direction}`).join(", ");
      const rows = source.prepare(`SELECT ${columns.join(", ")} FROM ${name} ORDER BY ${order}`);
      for (const row of rows.raw().iterate() as IterableIterator<unknown[]>) {
        if (json.every((column) => isJson(row[column]))) count += insert.run(...row).changes;
      }
      return count;
    } catch {
      // The damage begins here: the rest is tried from the other end.
    }
  }
  return count;
}

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    return false;
  }
}
