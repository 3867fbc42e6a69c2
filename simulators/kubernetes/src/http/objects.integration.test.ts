import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
} from "../testing/test-server.ts";

async function withWidgets(): Promise<TestServer> {
  const server = await TestServer.start();
  const made = await server.post(DEFINITIONS, widgetDefinition());
  assert.equal(made.status, 201, made.text);
  return server;
}

test("the server gives a new object its uid, time, version and generation", async () => {
  await using server = await withWidgets();
  const { status, body } = await server.post(
    WIDGETS,
    widget("a", {
      spec: { size: 1 },
      status: { phase: "sent by the client" },
      metadata: {
        name: "a",
        generation: 7,
        deletionTimestamp: "2020-01-01T00:00:00Z",
        uid: "mine",
      },
    }),
  );
  assert.equal(status, 201);
  const { metadata } = body;
  assert.match(metadata.uid, /^[0-9a-f-]{36}$/);
  assert.match(metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(metadata.namespace, "default");
  assert.equal(metadata.generation, 1);
  assert.equal(metadata.deletionTimestamp, undefined);
  assert.equal(body.status, undefined, "status is a subresource");
  const read = await server.get(`${WIDGETS}/a`);
  assert.deepEqual(read.body, body);
});

test("a write that changes nothing keeps the version; content raises the generation, metadata does not", async () => {
  await using server = await withWidgets();
  const { body: made } = await server.post(WIDGETS, widget("a", { spec: { size: 1 } }));
  const same = await server.merge(`${WIDGETS}/a`, { spec: { size: 1 } });
  assert.equal(same.body.metadata.resourceVersion, made.metadata.resourceVersion);
  const labelled = await server.merge(`${WIDGETS}/a`, { metadata: { labels: { a: "b" } } });
  assert.notEqual(labelled.body.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.equal(labelled.body.metadata.generation, 1);
  const grown = await server.merge(`${WIDGETS}/a`, { spec: { size: 2 } });
  assert.equal(grown.body.metadata.generation, 2);
});

test("each endpoint changes its own part only", async () => {
  await using server = await withWidgets();
  await server.post(WIDGETS, widget("a", { spec: { size: 1 } }));
  const status = await server.merge(`${WIDGETS}/a/status`, {
    metadata: { labels: { lost: "yes" } },
    spec: { size: 9 },
    status: { phase: "Ready" },
  });
  assert.equal(status.status, 200, status.text);
  assert.deepEqual(status.body.spec, { size: 1 });
  assert.deepEqual(status.body.status, { phase: "Ready" });
  assert.equal(status.body.metadata.labels, undefined);
  assert.equal(status.body.metadata.generation, 1);
  const main = await server.merge(`${WIDGETS}/a`, { status: { phase: "Broken" } });
  assert.deepEqual(main.body.status, { phase: "Ready" });
});

test("generateName makes names until one is free", async () => {
  await using server = await withWidgets();
  const made = await server.post(WIDGETS, widget("", { metadata: { generateName: "gen-" } }));
  assert.match(made.body.metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const none = await server.post(WIDGETS, widget("", { metadata: {} }));
  assert.equal(
    none.body.message,
    'Widget.demo.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
  );
});

test("finalizers hold a deleted object until the last is gone", async () => {
  await using server = await withWidgets();
  await server.post(WIDGETS, widget("a", { metadata: { name: "a", finalizers: ["x.io/y"] } }));
  const marked = await server.delete(`${WIDGETS}/a`);
  assert.equal(marked.status, 200);
  assert.ok(marked.body.metadata.deletionTimestamp);
  assert.equal(marked.body.metadata.deletionGracePeriodSeconds, 0);
  assert.equal(marked.body.metadata.generation, 2);
  const again = await server.delete(`${WIDGETS}/a`);
  assert.deepEqual(again.body, marked.body);
  const added = await server.merge(`${WIDGETS}/a`, {
    metadata: { finalizers: ["x.io/y", "x.io/z"] },
  });
  assert.equal(
    added.body.message,
    'Widget.demo.example.com "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/z"}',
  );
  const released = await server.merge(`${WIDGETS}/a`, { metadata: { finalizers: null } });
  assert.equal(released.status, 200);
  assert.equal((await server.get(`${WIDGETS}/a`)).status, 404);
});

test("delete answers a Status with the uid, and an empty body is fine", async () => {
  await using server = await withWidgets();
  const { body: made } = await server.post(WIDGETS, widget("a"));
  const { body } = await server.delete(`${WIDGETS}/a`);
  assert.deepEqual(body, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "a", group: "demo.example.com", kind: "widgets", uid: made.metadata.uid },
  });
});

test("dry run does all but store", async () => {
  await using server = await withWidgets();
  assert.equal((await server.post(`${WIDGETS}?dryRun=All`, widget("a"))).status, 201);
  assert.equal((await server.get(`${WIDGETS}/a`)).status, 404);
  await server.post(WIDGETS, widget("a"));
  await server.delete(`${WIDGETS}/a?dryRun=All`);
  assert.equal((await server.get(`${WIDGETS}/a`)).status, 200);
  const bad = await server.post(`${WIDGETS}?dryRun=Some`, widget("b"));
  assert.equal(bad.status, 422);
});

test("a collection is deleted by its selectors", async () => {
  await using server = await withWidgets();
  await server.post(WIDGETS, widget("a", { metadata: { name: "a", labels: { k: "1" } } }));
  await server.post(WIDGETS, widget("b"));
  const answer = await server.delete(`${WIDGETS}?labelSelector=k%3D1`);
  assert.equal(answer.body.kind, "WidgetList");
  const left = await server.get(WIDGETS);
  assert.deepEqual(
    left.body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["b"],
  );
});

test("YAML bodies are read as version 1.1 and answers can be YAML", async () => {
  await using server = await withWidgets();
  const body =
    "apiVersion: demo.example.com/v1\nkind: Widget\nmetadata: {name: yaml}\nspec: {on: on, day: 2020-01-01}\n";
  const made = await server.send("POST", WIDGETS, {
    body,
    headers: { "Content-Type": "application/yaml" },
  });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body.spec, { true: true, day: "2020-01-01" });
  const { headers, text } = await server.get(`${WIDGETS}/yaml`, {
    headers: { Accept: "application/yaml" },
  });
  assert.equal(headers["content-type"], "application/yaml");
  assert.match(text, /^kind: Widget$/m);
});

test("concurrent patches of different members all arrive", async () => {
  await using server = await withWidgets();
  await server.post(WIDGETS, widget("a"));
  const names = Array.from({ length: 40 }, (_, index) => `k${index}`);
  await Promise.all(names.map((name) => server.merge(`${WIDGETS}/a`, { spec: { [name]: 1 } })));
  const { body } = await server.get(`${WIDGETS}/a`);
  assert.deepEqual(Object.keys(body.spec).sort(), names.sort());
});

test("core kinds: unconditional PUT, strategic patch, stringData, no type in list items", async () => {
  await using server = await withWidgets();
  const secrets = "/api/v1/namespaces/default/secrets";
  const made = await server.post(secrets, { metadata: { name: "s" }, stringData: { a: "b" } });
  assert.deepEqual(made.body.data, { a: "Yg==" });
  assert.equal(made.body.type, "Opaque");
  assert.equal(made.body.metadata.generation, undefined);
  const replaced = await server.put(`${secrets}/s`, {
    metadata: { name: "s" },
    data: { c: "ZA==" },
  });
  assert.equal(replaced.status, 200, replaced.text);
  assert.deepEqual(replaced.body.data, { c: "ZA==" });
  const patched = await server.send("PATCH", `${secrets}/s`, {
    body: { metadata: { labels: { x: "y" } } },
    headers: { "Content-Type": "application/strategic-merge-patch+json" },
  });
  assert.deepEqual(patched.body.metadata.labels, { x: "y" });
  const { body } = await server.get(secrets);
  assert.equal(body.items[0].kind, undefined);
  assert.equal(body.items[0].metadata.name, "s");
});

test("an event is the same object in both of its groups", async () => {
  await using server = await withWidgets();
  const involvedObject = { kind: "Widget", name: "a", namespace: "default", uid: "u" };
  const made = await server.post("/api/v1/namespaces/default/events", {
    metadata: { name: "e" },
    involvedObject,
    message: "it turned",
    source: { component: "tester" },
  });
  assert.equal(made.status, 201, made.text);
  const newer = await server.get("/apis/events.k8s.io/v1/namespaces/default/events/e");
  assert.deepEqual(newer.body.regarding, involvedObject);
  assert.equal(newer.body.note, "it turned");
  const selector = encodeURIComponent(
    "involvedObject.name=a,involvedObject.kind=Widget,source=tester",
  );
  const found = await server.get(`/api/v1/events?fieldSelector=${selector}`);
  assert.equal(found.body.items.length, 1);
  const other = await server.get("/api/v1/events?fieldSelector=involvedObject.name%3Db");
  assert.equal(other.body.items.length, 0);
});

test("a body over the limit is refused with a Status", async () => {
  await using server = await withWidgets();
  const huge = widget("h", { spec: { text: "x".repeat(4 * 1024 * 1024) } });
  const { status, body } = await server.post(WIDGETS, huge);
  assert.equal(status, 413);
  assert.equal(body.message, "Request entity too large: limit is 3145728");
});
