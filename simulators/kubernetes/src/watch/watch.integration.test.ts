import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
} from "../testing/test-server.ts";

async function withWidgets(names: readonly string[] = []): Promise<TestServer> {
  const server = await TestServer.start();
  await server.post(DEFINITIONS, widgetDefinition());
  for (const name of names) await server.post(WIDGETS, widget(name));
  return server;
}

test("without a version the present objects come first, then every change in order", async () => {
  await using server = await withWidgets(["a", "b"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1`);
  assert.equal(watch.status, 200);
  assert.equal(watch.headers["content-type"], "application/json");
  assert.deepEqual(await watch.take(2), ["ADDED a", "ADDED b"]);
  await server.post(WIDGETS, widget("c"));
  await server.merge(`${WIDGETS}/c`, { spec: { x: 1 } });
  await server.delete(`${WIDGETS}/c`);
  assert.deepEqual(await watch.take(3), ["ADDED c", "MODIFIED c", "DELETED c"]);
});

test("from a version on nothing is left out and nothing comes twice", async () => {
  await using server = await withWidgets(["a"]);
  const { body } = await server.get(WIDGETS);
  await server.post(WIDGETS, widget("b"));
  await server.delete(`${WIDGETS}/a`);
  const from = body.metadata.resourceVersion;
  await using watch = await server.watch(`${WIDGETS}?watch=true&resourceVersion=${from}`);
  assert.deepEqual(await watch.take(2), ["ADDED b", "DELETED a"]);
  await server.post(WIDGETS, widget("c"));
  assert.deepEqual(await watch.take(1), ["ADDED c"]);
});

test("a deletion carries a version of its own, higher than any before", async () => {
  await using server = await withWidgets(["a"]);
  const { body } = await server.get(`${WIDGETS}/a`);
  const from = body.metadata.resourceVersion;
  await server.delete(`${WIDGETS}/a`);
  await using watch = await server.watch(`${WIDGETS}?watch=true&resourceVersion=${from}`);
  const event = await watch.next();
  assert.equal(event?.type, "DELETED");
  assert.ok(Number(event.object.metadata.resourceVersion) > Number(from));
  assert.equal(event.object.metadata.deletionTimestamp, undefined);
});

test("an object that leaves the selection is deleted to the client, one that enters is added", async () => {
  await using server = await withWidgets(["a"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1&labelSelector=in%3Dyes`);
  await server.merge(`${WIDGETS}/a`, { metadata: { labels: { in: "yes" } }, spec: { n: 1 } });
  await server.merge(`${WIDGETS}/a`, { spec: { n: 2 } });
  const left = await server.merge(`${WIDGETS}/a`, {
    metadata: { labels: { in: null } },
    spec: { n: 3 },
  });
  assert.deepEqual(await watch.take(2), ["ADDED a", "MODIFIED a"]);
  const gone = await watch.next();
  assert.equal(gone?.type, "DELETED");
  assert.deepEqual(gone.object.spec, { n: 2 }, "the content before it left");
  assert.equal(gone.object.metadata.resourceVersion, left.body.metadata.resourceVersion);
});

test("a field selector on the name watches one object", async () => {
  await using server = await withWidgets(["a", "b"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1&fieldSelector=metadata.name%3Db`);
  await server.merge(`${WIDGETS}/a`, { spec: { n: 1 } });
  await server.merge(`${WIDGETS}/b`, { spec: { n: 1 } });
  assert.deepEqual(await watch.take(2), ["ADDED b", "MODIFIED b"]);
});

test("initial events end with an annotated bookmark", async () => {
  await using server = await withWidgets(["a"]);
  const query =
    "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  await using watch = await server.watch(`${WIDGETS}?${query}`);
  assert.deepEqual(await watch.take(1), ["ADDED a"]);
  const bookmark = await watch.next();
  assert.equal(bookmark?.type, "BOOKMARK");
  assert.deepEqual(bookmark.object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  const refused = await server.get(`${WIDGETS}?watch=1&sendInitialEvents=true`);
  assert.equal(refused.status, 422);
});

test("a watch ends in time with a last bookmark that a new one can begin at", async () => {
  await using server = await withWidgets(["a"]);
  const { body } = await server.get(WIDGETS);
  const from = body.metadata.resourceVersion;
  const query = `watch=1&resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=1`;
  await using watch = await server.watch(`${WIDGETS}?${query}`);
  const bookmark = await watch.next();
  assert.deepEqual(bookmark, {
    type: "BOOKMARK",
    object: {
      kind: "Widget",
      apiVersion: "demo.example.com/v1",
      metadata: { resourceVersion: from },
    },
  });
  assert.equal(await watch.next(), undefined, "the stream ends cleanly");
});

test("bookmarks come every minute to who asked for them", async () => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  await using server = await TestServer.start({ clock });
  const { body } = await server.post("/api/v1/namespaces", { metadata: { name: "n" } });
  const { resourceVersion } = (await server.get("/api/v1/namespaces")).body.metadata;
  assert.ok(Number(resourceVersion) >= Number(body.metadata.resourceVersion));
  const path = `/api/v1/namespaces?watch=1&resourceVersion=${resourceVersion}`;
  await using watch = await server.watch(`${path}&allowWatchBookmarks=true`);
  await clock.advance(60_000);
  const event = await watch.next();
  assert.equal(event?.type, "BOOKMARK");
  assert.equal(event.object.metadata.resourceVersion, resourceVersion);
});

test("a table watch sends its columns once and one row per event", async () => {
  await using server = await withWidgets(["a", "b"]);
  const Accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  await using watch = await server.watch(`${WIDGETS}?watch=1`, { Accept });
  const first = await watch.next();
  const second = await watch.next();
  assert.equal(first?.object.kind, "Table");
  assert.ok(first.object.columnDefinitions.length > 0);
  assert.equal(first.object.rows[0].cells[0], "a");
  assert.equal(second?.object.columnDefinitions, null);
  assert.equal(second?.object.rows[0].object.kind, "PartialObjectMetadata");
});

test("a version that the log no longer holds is answered with one 410 event", async () => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  await using server = await TestServer.start({ clock });
  await server.post(DEFINITIONS, widgetDefinition());
  await server.post(WIDGETS, widget("a"));
  await clock.advance(6 * 60_000);
  await using watch = await server.watch(`${WIDGETS}?watch=1&resourceVersion=1`);
  const event = await watch.next();
  assert.equal(event?.type, "ERROR");
  assert.equal(event.object.code, 410);
  assert.equal(event.object.reason, "Expired");
  assert.equal(await watch.next(), undefined);
  const exact = await server.get(`${WIDGETS}?resourceVersion=1&resourceVersionMatch=Exact`);
  assert.equal(exact.body.message, "The resourceVersion for the provided list is too old.");
});

test("a client that does not read loses its watch, and the server goes on", async () => {
  await using server = await withWidgets(["a"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1`);
  watch.pause();
  const text = "x".repeat(256 * 1024);
  for (let n = 0; n < 80; n++) await server.merge(`${WIDGETS}/a`, { spec: { text, n } });
  watch.resume();
  let events = 0;
  for (let event = await watch.next(); event !== undefined; event = await watch.next()) events += 1;
  assert.ok(events < 81, `the stream ended after ${events} events`);
});

test("stopping the server ends its watches cleanly", async () => {
  await using server = await withWidgets(["a"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1`);
  assert.deepEqual(await watch.take(1), ["ADDED a"]);
  await server.stop();
  assert.equal(await watch.next(), undefined);
});

test("a definition that changes ends the watches of its resource", async () => {
  await using server = await withWidgets(["a"]);
  await using watch = await server.watch(`${WIDGETS}?watch=1`);
  assert.deepEqual(await watch.take(1), ["ADDED a"]);
  const names = { categories: ["all"] };
  await server.merge(`${DEFINITIONS}/widgets.demo.example.com`, { spec: { names } });
  assert.equal(await watch.next(), undefined);
});
