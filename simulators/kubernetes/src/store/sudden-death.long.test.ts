import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createRandom } from "@mapperkit/runtime";
import { openDatabase } from "./open-database.ts";

const ROUNDS = 12;
const CLIENTS = 8;
const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";
const PROGRAM = `
  import { startKubernetes } from "@mapperkit/sim-kubernetes";
  const { url } = await startKubernetes({ dir: process.argv[1] });
  console.log(url);
`;

/** Acknowledged: by name, the last value that the server said it has, or undefined for deleted. */
type Acknowledged = Map<string, string | undefined>;

async function startProcess(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const args = ["-C", "source", "--input-type=module", "-e", PROGRAM, dir];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.ok(child.stdout);
  const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, url };
}

function send(agent: Agent, method: string, url: string, body?: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = { "Content-Type": type, "Content-Length": Buffer.byteLength(text) };
    request(url, { method, agent, headers }, (answer) => {
      answer.resume().once("error", reject);
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    })
      .once("error", reject)
      .end(text);
  });
}

/** Creates, changes and deletes objects of its own until the server is gone. */
async function writeUntilGone(
  o: { readonly agent: Agent; readonly url: string; readonly prefix: string },
  acknowledged: Acknowledged,
): Promise<void> {
  for (let n = 0; ; n++) {
    const name = `${o.prefix}-${n}`;
    const one = `${o.url}${CONFIGMAPS}/${name}`;
    const steps = [
      () =>
        send(o.agent, "POST", `${o.url}${CONFIGMAPS}`, { metadata: { name }, data: { v: "1" } }),
      () => send(o.agent, "PATCH", one, { data: { v: "2" } }),
      ...(n % 3 === 0 ? [() => send(o.agent, "DELETE", one)] : []),
    ];
    for (const [index, step] of steps.entries()) {
      try {
        const status = await step();
        assert.ok(status < 300, `${name}: ${status}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        // What was on its way may have happened or not.
        acknowledged.delete(name);
        return;
      }
      acknowledged.set(name, index === 2 ? undefined : String(index + 1));
    }
  }
}

test("killed at random moments again and again, a server keeps what it acknowledged", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "mapperkit-sudden-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const random = createRandom("sudden death");
  const acknowledged: Acknowledged = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    const { child, url } = await startProcess(dir);
    t.after(() => child.kill("SIGKILL"));
    const keys = JSON.parse(await readFile(join(dir, "credentials.json"), "utf8"));
    const tls = { ca: keys.authorityPem, cert: keys.adminCertificatePem, key: keys.adminKeyPem };
    const agent = new Agent({ keepAlive: true, ...tls });
    const writers = Array.from({ length: CLIENTS }, (_, n) =>
      writeUntilGone({ agent, url, prefix: `r${round}-${n}` }, acknowledged),
    );
    // The moment of the blow is what the test is about.
    setTimeout(() => child.kill("SIGKILL"), random.int(100, 900));
    await Promise.all(writers);
    agent.destroy();
    if (child.signalCode === null) await once(child, "exit");
  }
  const { db } = openDatabase(dir);
  t.after(() => db.close());
  assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
  const value = db
    .prepare(
      "SELECT json_extract(val, '$.data.v') FROM objects WHERE res = 'configmaps' AND name = ?",
    )
    .pluck();
  assert.ok(acknowledged.size > ROUNDS * CLIENTS, `${acknowledged.size} objects`);
  for (const [name, expected] of acknowledged) assert.equal(value.get(name), expected, name);
  const twice = db.prepare("SELECT rv FROM objects GROUP BY rv HAVING count(*) > 1").all();
  assert.deepEqual(twice, [], "no version was given twice");
});
