import { join } from "node:path";
import Sqlite from "better-sqlite3";

/** Milliseconds of each of `count` durable writes of one row of `bytes`, by SQLite alone. */
export function bareCommits(folder: string, count: number, bytes: number): number[] {
  const db = new Sqlite(join(folder, "bare.db"));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE IF NOT EXISTS t (k INTEGER PRIMARY KEY, v TEXT) STRICT");
  const put = db.prepare("INSERT INTO t VALUES (?, ?) ON CONFLICT DO UPDATE SET v = excluded.v");
  const samples: number[] = [];
  for (let n = 0; n < count; n += 1) {
    // SQLite passes over a write of what is there already.
    const text = `${performance.now()}`.padEnd(bytes, "x");
    const begin = performance.now();
    put.run(n % 10, text);
    samples.push(performance.now() - begin);
  }
  db.close();
  return samples;
}
