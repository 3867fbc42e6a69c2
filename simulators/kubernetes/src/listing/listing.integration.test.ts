import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
} from "../testing/test-server.ts";

async function withWidgets(names: readonly string[]): Promise<TestServer> {
  const server = await TestServer.start();
  await server.post(DEFINITIONS, widgetDefinition());
  for (const name of names) await server.post(WIDGETS, widget(name));
  return server;
}

function namesOf(body: { items: { metadata: { name: string } }[] }): string[] {
  return body.items.map(({ metadata }) => metadata.name);
}

test("all pages show the state of the first, whatever is written between them", async () => {
  await using server = await withWidgets(["a", "b", "c", "d", "e"]);
  const first = await server.get(`${WIDGETS}?limit=2`);
  assert.deepEqual(namesOf(first.body), ["a", "b"]);
  assert.equal(first.body.metadata.remainingItemCount, 3);
  await server.delete(`${WIDGETS}/c`);
  await server.merge(`${WIDGETS}/d`, { spec: { changed: true } });
  await server.post(WIDGETS, widget("dd"));
  const second = await server.get(`${WIDGETS}?limit=2&continue=${first.body.metadata.continue}`);
  assert.deepEqual(namesOf(second.body), ["c", "d"]);
  assert.equal(second.body.items[1].spec, undefined);
  assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  const third = await server.get(`${WIDGETS}?limit=2&continue=${second.body.metadata.continue}`);
  assert.deepEqual(namesOf(third.body), ["e"]);
  assert.equal(third.body.metadata.continue, undefined);
});

test("an exact version shows that version", async () => {
  await using server = await withWidgets(["a", "b"]);
  const { body } = await server.get(WIDGETS);
  const version = body.metadata.resourceVersion;
  await server.delete(`${WIDGETS}/a`);
  await server.post(WIDGETS, widget("c"));
  const exact = await server.get(
    `${WIDGETS}?resourceVersion=${version}&resourceVersionMatch=Exact`,
  );
  assert.deepEqual(exact.body, body);
  assert.deepEqual(namesOf((await server.get(WIDGETS)).body), ["b", "c"]);
});

test("any version will do: the limit does not count", async () => {
  await using server = await withWidgets(["a", "b", "c"]);
  const { body } = await server.get(`${WIDGETS}?limit=1&resourceVersion=0`);
  assert.deepEqual(namesOf(body), ["a", "b", "c"]);
});

test("a version that is not reached yet times out", async () => {
  await using server = await withWidgets([]);
  const { body } = await server.get(`${WIDGETS}?resourceVersion=999999`);
  assert.equal(body.code, 504);
  assert.match(body.message, /^Timeout: Too large resource version: 999999, current: \d+$/);
  assert.equal(body.details.causes[0].reason, "ResourceVersionTooLarge");
});

test("options that contradict each other are refused", async () => {
  await using server = await withWidgets([]);
  const { body } = await server.get(`${WIDGETS}?resourceVersionMatch=Exact`);
  assert.equal(body.code, 422);
  assert.equal(
    body.message,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  );
  const rubbish = await server.get(`${WIDGETS}?continue=rubbish`);
  assert.equal(rubbish.status, 400);
});

test("lists over all namespaces are sorted by namespace and name", async () => {
  await using server = await withWidgets(["z"]);
  await server.post(WIDGETS.replace("default", "kube-system"), widget("a"));
  await server.post(WIDGETS.replace("default", "kube-public"), widget("b"));
  const { body } = await server.get("/apis/demo.example.com/v1/widgets");
  assert.deepEqual(namesOf(body), ["z", "b", "a"]);
  assert.equal(body.kind, "WidgetList");
});

test("tables and metadata alone, for lists and for one object", async () => {
  await using server = await withWidgets(["a"]);
  const table = { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
  const list = await server.get(WIDGETS, { headers: table });
  assert.equal(list.body.kind, "Table");
  assert.deepEqual(
    list.body.columnDefinitions.map(({ name }: { name: string }) => name),
    ["Name", "Age"],
  );
  const one = await server.get(`${WIDGETS}/a`, { headers: table });
  assert.equal(one.body.rows.length, 1);
  const error = await server.get(`${WIDGETS}/x`, { headers: table });
  assert.equal(error.body.kind, "Status");
  const as = "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const metadata = await server.get(WIDGETS, { headers: { Accept: `application/json;${as}` } });
  assert.equal(metadata.body.kind, "PartialObjectMetadataList");
  assert.deepEqual(Object.keys(metadata.body.items[0]), ["kind", "apiVersion", "metadata"]);
  const none = await server.get(WIDGETS, {
    headers: { Accept: "application/json;as=Rows;g=x;v=v1" },
  });
  assert.equal(none.status, 406);
});
