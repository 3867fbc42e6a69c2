import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { TestServer, type TestWatch } from "../testing/test-server.ts";

const NAMESPACES = "/api/v1/namespaces";

async function waitFor(watch: TestWatch, type: string, name: string): Promise<void> {
  for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
    if (event.type === type && event.object.metadata.name === name) return;
  }
  assert.fail(`the watch ended before ${type} ${name}`);
}

test("a new server has the namespaces of every cluster", async () => {
  await using server = await TestServer.start();
  const { body } = await server.get(NAMESPACES);
  assert.deepEqual(
    body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["default", "kube-node-lease", "kube-public", "kube-system"],
  );
  assert.deepEqual(body.items[0].spec, { finalizers: ["kubernetes"] });
  assert.deepEqual(body.items[0].status, { phase: "Active" });
  assert.equal(body.items[0].metadata.labels["kubernetes.io/metadata.name"], "default");
});

test("a deleted namespace is emptied, takes nothing new and then goes", async () => {
  await using server = await TestServer.start();
  await server.post(NAMESPACES, { metadata: { name: "t1" } });
  await server.post(`${NAMESPACES}/t1/configmaps`, { metadata: { name: "free" } });
  const held = { metadata: { name: "held", finalizers: ["x.io/y"] } };
  await server.post(`${NAMESPACES}/t1/configmaps`, held);
  await using watch = await server.watch(`${NAMESPACES}?watch=1&fieldSelector=metadata.name%3Dt1`);
  const answer = await server.delete(`${NAMESPACES}/t1`);
  assert.equal(answer.body.kind, "Namespace");
  assert.equal(answer.body.status.phase, "Terminating");
  const late = await server.post(`${NAMESPACES}/t1/configmaps`, { metadata: { name: "late" } });
  assert.equal(late.body.code, 403);
  assert.equal(late.body.details.causes[0].reason, "NamespaceTerminating");
  const marked = await server.get(`${NAMESPACES}/t1/configmaps/held`);
  assert.ok(marked.body.metadata.deletionTimestamp);
  assert.equal((await server.get(`${NAMESPACES}/t1/configmaps/free`)).status, 404);
  await server.merge(`${NAMESPACES}/t1/configmaps/held`, { metadata: { finalizers: null } });
  await waitFor(watch, "DELETED", "t1");
  assert.equal((await server.get(`${NAMESPACES}/t1`)).status, 404);
});

test("a namespace that was left half deleted is finished by the next start", async () => {
  await using first = await TestServer.start();
  await first.post(NAMESPACES, { metadata: { name: "t1" } });
  const held = { metadata: { name: "held", finalizers: ["x.io/y"] } };
  await first.post(`${NAMESPACES}/t1/configmaps`, held);
  await first.delete(`${NAMESPACES}/t1`);
  await first.stop();
  await using second = await TestServer.start({ dataDir: first.dataDir });
  await using watch = await second.watch(`${NAMESPACES}?watch=1&fieldSelector=metadata.name%3Dt1`);
  await second.merge(`${NAMESPACES}/t1/configmaps/held`, { metadata: { finalizers: null } });
  await waitFor(watch, "DELETED", "t1");
});

test("the account and the authority of a namespace come back when they are deleted", async () => {
  await using server = await TestServer.start();
  for (const path of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"]) {
    const [plural = "", name = ""] = path.split("/");
    const all = `${NAMESPACES}/default/${plural}?watch=1&fieldSelector=metadata.name%3D${name}`;
    await using watch = await server.watch(all);
    assert.deepEqual(await watch.take(1), [`ADDED ${name}`]);
    await server.delete(`${NAMESPACES}/default/${path}`);
    assert.deepEqual(await watch.take(2), [`DELETED ${name}`, `ADDED ${name}`]);
  }
});

test("events are forgotten an hour after they were last seen", async () => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  await using server = await TestServer.start({ clock });
  const events = `${NAMESPACES}/default/events`;
  await server.post(events, { metadata: { name: "old" } });
  await clock.advance(45 * 60_000);
  await server.post(events, { metadata: { name: "new" } });
  await clock.advance(20 * 60_000);
  const { body } = await server.get(events);
  assert.deepEqual(
    body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["new"],
  );
});
