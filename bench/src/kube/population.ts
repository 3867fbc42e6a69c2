import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { COLLECTION, device } from "./device.ts";
import type { RestClient } from "./rest-client.ts";

const AT_ONCE = 16;

export async function createDevices(client: RestClient, count: number): Promise<void> {
  let next = 0;
  const create = async () => {
    while (next < count) await client.send("POST", COLLECTION, device(`device-${next++}`));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, create));
}

/** Copies the one Device of a stopped store until there are `count`. */
export function multiplyDevices(folder: string, count: number): void {
  const db = new Sqlite(join(folder, "kubernetes.db"));
  const one = db.prepare("SELECT * FROM objects WHERE name = 'device-0'").get() as {
    val: string;
    uid: string;
    rv: number;
    res: string;
    ns: string;
  };
  const insert = db.prepare(
    "INSERT INTO objects (res, ns, name, uid, rv, val) VALUES (@res, @ns, @name, @uid, @rv, @val)",
  );
  db.transaction(() => {
    for (let n = 1; n < count; n += 1) {
      const name = `device-${n}`;
      const uid = one.uid.replace(/.{8}$/, String(n).padStart(8, "0"));
      const object = JSON.parse(one.val);
      object.metadata = { ...object.metadata, name, uid };
      insert.run({ ...one, name, uid, val: JSON.stringify(object) });
    }
  })();
  db.close();
}
