import { existsSync } from "node:fs";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Database } from "better-sqlite3";
import { DATABASE_FILE, openDatabase } from "./open-database.ts";

/**
 * Forgets every object of a stopped server. Keys and resourceVersion stay, so that kubeconfigs go
 * on to be good, and clients that remember a version are told to list anew.
 * @param confirm is told how many objects there are; nothing happens unless it says yes
 * @returns how many objects were forgotten
 * @throws MapperkitError `not_found` where there is none, `invalid_input` when it is in use
 */
export async function resetStore(
  dataDir: string,
  confirm: (objects: number) => Promise<boolean>,
): Promise<number> {
  if (!existsSync(join(dataDir, DATABASE_FILE))) {
    throw new MapperkitError("not_found", `there is no Kubernetes state in ${dataDir}`);
  }
  const { db } = openDatabase(dataDir);
  try {
    const objects = db.prepare("SELECT count(*) FROM objects").pluck().get() as number;
    if (!(await confirm(objects))) return 0;
    forgetAll(db);
    return objects;
  } finally {
    db.close();
  }
}

function forgetAll(db: Database): void {
  db.transaction(() => {
    db.exec(`INSERT INTO meta (key, value)
      SELECT 'compacted', max(coalesce((SELECT max(rv) FROM log), 0),
        coalesce((SELECT max(rv) FROM objects), 0),
        coalesce((SELECT value FROM meta WHERE key = 'compacted'), 0))
      WHERE true ON CONFLICT (key) DO UPDATE SET value = excluded.value;
      DELETE FROM objects; DELETE FROM log;`);
  })();
  db.exec("VACUUM");
}
