/**
 * Run as a process of its own: the least that any server of objects must do. HTTPS, JSON both ways,
 * one durable SQLite write for each request, the bytes of each change to whoever watches.
 */
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import Sqlite from "better-sqlite3";

const folder = process.argv.at(-1) ?? "-";
const authority = await createAuthority({ commonName: "bench", days: 1, now: Date.now() });
const server = await issueCertificate(authority, {
  commonName: "localhost",
  ipAddresses: ["127.0.0.1"],
  usage: "server",
  days: 1,
  now: Date.now(),
});
const db = new Sqlite(folder === "-" ? ":memory:" : join(folder, "floor.db"));
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("CREATE TABLE objects (path TEXT PRIMARY KEY, val TEXT) STRICT");
const put = db.prepare(
  "INSERT INTO objects VALUES (?, ?) ON CONFLICT DO UPDATE SET val = excluded.val",
);
const all = db.prepare("SELECT val FROM objects WHERE path LIKE '%/devices/%'").pluck();
const get = db.prepare("SELECT val FROM objects WHERE path = ?").pluck();
const watches = new Set<ServerResponse>();
let list: string | undefined;

const https = createServer(
  { key: server.privateKeyPem, cert: server.certificatePem, keepAlive: true },
  (request, response) => {
    const path = request.url ?? "";
    if (path.includes("?watch=1")) {
      watches.add(response);
      response.flushHeaders();
      return;
    }
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    request.on("end", () => response.end(answer(request.method ?? "", path, body)));
  },
);

function answer(method: string, path: string, body: string): string {
  if (method === "GET") {
    if (!path.endsWith("/devices")) return get.get(path) as string;
    list ??= JSON.stringify({ items: all.all().map((text) => JSON.parse(text as string)) });
    return list;
  }
  const object = JSON.parse(body) as { metadata?: { name?: string } };
  const text = JSON.stringify(object);
  list = undefined;
  put.run(method === "POST" ? `${path}/${object.metadata?.name}` : path, text);
  const event = Buffer.from(`{"type":"MODIFIED","object":${text}}\n`);
  for (const watch of watches) watch.write(event);
  return text;
}

https.listen(0, "127.0.0.1", () => {
  const { port } = https.address() as AddressInfo;
  process.stdout.write(`ready https://127.0.0.1:${port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
