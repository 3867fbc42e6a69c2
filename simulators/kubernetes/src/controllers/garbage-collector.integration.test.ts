import assert from "node:assert/strict";
import { test } from "node:test";
import { TestServer } from "../testing/test-server.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape.
async function make(server: TestServer, name: string, owners: any[] = [], more = {}) {
  const ownerReferences = owners.map(({ metadata }) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: metadata.name,
    uid: metadata.uid,
    blockOwnerDeletion: true,
  }));
  const { body, status } = await server.post(CONFIGMAPS, {
    metadata: { name, ...(owners.length > 0 ? { ownerReferences } : {}), ...more },
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

/** Follows the config maps until `name` is gone; gives the names in the order of their ends. */
async function endsUntil(server: TestServer, from: string, name: string): Promise<string[]> {
  await using watch = await server.watch(`${CONFIGMAPS}?watch=1&resourceVersion=${from}`);
  const ended: string[] = [];
  for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
    if (event.type !== "DELETED") continue;
    ended.push(event.object.metadata.name);
    if (event.object.metadata.name === name) return ended;
  }
  return assert.fail("the watch ended");
}

test("what belongs to a deleted object goes with it, over generations", async () => {
  await using server = await TestServer.start();
  const a = await make(server, "a");
  const b = await make(server, "b", [a]);
  const c = await make(server, "c", [b]);
  const deleted = await server.delete(`${CONFIGMAPS}/a`);
  assert.equal(deleted.body.status, "Success", "without waiting for the others");
  const ended = await endsUntil(server, c.metadata.resourceVersion, "b");
  assert.deepEqual(ended.sort(), ["a", "b", "c"]);
});

test("an object with a second owner stays and forgets the first", async () => {
  await using server = await TestServer.start();
  const a = await make(server, "a");
  const b = await make(server, "b");
  const c = await make(server, "c", [a, b]);
  await server.delete(`${CONFIGMAPS}/a`);
  await using watch = await server.watch(
    `${CONFIGMAPS}?watch=1&resourceVersion=${c.metadata.resourceVersion}&fieldSelector=metadata.name%3Dc`,
  );
  const event = await watch.next();
  assert.equal(event?.type, "MODIFIED");
  assert.deepEqual(
    event.object.metadata.ownerReferences.map(({ name }: { name: string }) => name),
    ["b"],
  );
});

test("foreground: the owner waits for its dependents", async () => {
  await using server = await TestServer.start();
  const a = await make(server, "a");
  const b = await make(server, "b", [a], { finalizers: ["x.io/y"] });
  const answer = await server.delete(`${CONFIGMAPS}/a`, { propagationPolicy: "Foreground" });
  assert.deepEqual(answer.body.metadata.finalizers, ["foregroundDeletion"]);
  await using watch = await server.watch(
    `${CONFIGMAPS}?watch=1&resourceVersion=${b.metadata.resourceVersion}&fieldSelector=metadata.name%3Db`,
  );
  assert.deepEqual(await watch.take(1), ["MODIFIED b"]);
  assert.equal((await server.get(`${CONFIGMAPS}/a`)).status, 200, "b is still there");
  await server.merge(`${CONFIGMAPS}/b`, { metadata: { finalizers: null } });
  assert.deepEqual(await endsUntil(server, b.metadata.resourceVersion, "a"), ["b", "a"]);
});

test("orphan: the dependents are left without an owner", async () => {
  await using server = await TestServer.start();
  const a = await make(server, "a");
  const b = await make(server, "b", [a]);
  await server.delete(`${CONFIGMAPS}/a?propagationPolicy=Orphan`);
  assert.deepEqual(await endsUntil(server, b.metadata.resourceVersion, "a"), ["a"]);
  const left = await server.get(`${CONFIGMAPS}/b`);
  assert.equal(left.status, 200);
  assert.equal(left.body.metadata.ownerReferences, undefined);
});

test("a policy that is none is refused in the real server's words", async () => {
  await using server = await TestServer.start();
  await make(server, "a");
  const { status, body } = await server.delete(`${CONFIGMAPS}/a`, { propagationPolicy: "Bogus" });
  assert.equal(status, 422);
  assert.equal(
    body.details.causes[0].message,
    'Unsupported value: "Bogus": supported values: "Foreground", "Background", "Orphan", "nil"',
  );
});

test("what was left half done is finished by the next start; unknown owners hold", async () => {
  await using first = await TestServer.start();
  const a = await make(first, "a");
  await make(first, "b", [a]);
  const strange = { apiVersion: "x.io/v1", kind: "Strange", name: "s", uid: "u" };
  const kept = { metadata: { name: "kept", ownerReferences: [strange] } };
  const { body } = await first.post(CONFIGMAPS, kept);
  const gone = first.delete(`${CONFIGMAPS}/a`);
  await gone;
  await first.stop();
  await using second = await TestServer.start({ dataDir: first.dataDir });
  const ended = await endsUntil(second, body.metadata.resourceVersion, "b");
  assert.deepEqual(ended, ["a", "b"]);
  assert.equal((await second.get(`${CONFIGMAPS}/kept`)).status, 200);
});
