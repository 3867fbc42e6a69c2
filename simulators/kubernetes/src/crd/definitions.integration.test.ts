import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
  widgetVersion,
} from "../testing/test-server.ts";

const WIDGET_DEFINITION = `${DEFINITIONS}/widgets.demo.example.com`;

interface Condition {
  type: string;
  status: string;
  reason: string;
}

function conditions(body: { status: { conditions: Condition[] } }): Record<string, string> {
  return Object.fromEntries(body.status.conditions.map(({ type, status }) => [type, status]));
}

test("a definition is established and served when its creation is answered", async () => {
  await using server = await TestServer.start();
  const made = await server.post(DEFINITIONS, widgetDefinition());
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body.spec.conversion, { strategy: "None" });
  assert.equal(made.body.spec.names.listKind, "WidgetList");
  assert.equal((await server.post(WIDGETS, widget("a"))).status, 201);
  const { body } = await server.get(WIDGET_DEFINITION);
  assert.deepEqual(conditions(body), { NamesAccepted: "True", Established: "True" });
  assert.deepEqual(body.status.storedVersions, ["v1"]);
  assert.equal(body.status.acceptedNames.kind, "Widget");
  assert.equal(body.metadata.generation, 1);
});

test("discovery in all its forms tells of a new resource at once, and forgets it at once", async () => {
  await using server = await TestServer.start();
  const Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const before = await server.get("/apis", { headers: { Accept } });
  const headers = { Accept, "If-None-Match": String(before.headers.etag) };
  assert.equal((await server.get("/apis", { headers })).status, 304);
  await server.post(
    DEFINITIONS,
    widgetDefinition({
      versions: [
        widgetVersion("v1alpha1"),
        widgetVersion("v1beta1", { storage: true }),
        widgetVersion("v1"),
      ],
    }),
  );
  const after = await server.get("/apis", { headers });
  assert.equal(after.status, 200);
  assert.equal(after.headers["content-type"], Accept);
  const group = after.body.items.find(
    (item: { metadata: { name: string } }) => item.metadata.name === "demo.example.com",
  );
  assert.deepEqual(
    group.versions.map(({ version }: { version: string }) => version),
    ["v1", "v1beta1", "v1alpha1"],
  );
  assert.equal(group.versions[0].resources[0].singularResource, "widget");
  const legacy = await server.get("/apis/demo.example.com");
  assert.equal(legacy.body.preferredVersion.groupVersion, "demo.example.com/v1");
  const list = await server.get("/apis/demo.example.com/v1");
  assert.deepEqual(
    list.body.resources.map(({ name }: { name: string }) => name),
    ["widgets", "widgets/status"],
  );
  await server.delete(WIDGET_DEFINITION);
  assert.equal((await server.get("/apis/demo.example.com/v1")).text, "404 page not found\n");
  assert.equal((await server.get(WIDGETS)).status, 404);
});

test("a deleted definition takes its instances with it, and waits for those that are held", async () => {
  await using server = await TestServer.start();
  await server.post(DEFINITIONS, widgetDefinition());
  await server.post(WIDGETS, widget("free"));
  await server.post(
    WIDGETS,
    widget("held", { metadata: { name: "held", finalizers: ["x.io/y"] } }),
  );
  await using watch = await server.watch(`${DEFINITIONS}?watch=1`);
  await watch.take(1);
  const answer = await server.delete(WIDGET_DEFINITION);
  assert.deepEqual(answer.body.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
  const left = await server.get(WIDGETS);
  assert.deepEqual(left.body.items.length, 1);
  assert.equal((await server.post(WIDGETS, widget("late"))).status, 405);
  assert.equal(conditions((await server.get(WIDGET_DEFINITION)).body).Terminating, "True");
  await server.merge(`${WIDGETS}/held`, { metadata: { finalizers: null } });
  assert.equal((await server.get(WIDGET_DEFINITION)).status, 404);
  assert.deepEqual(await watch.take(2), [
    "MODIFIED widgets.demo.example.com",
    "DELETED widgets.demo.example.com",
  ]);
});

test("names that another definition has are not accepted", async () => {
  await using server = await TestServer.start();
  await server.post(DEFINITIONS, widgetDefinition());
  const rival = widgetDefinition({
    names: { plural: "gadgets", singular: "gadget", kind: "Widget" },
  });
  rival.metadata = { name: "gadgets.demo.example.com" };
  assert.equal((await server.post(DEFINITIONS, rival)).status, 201);
  const { body } = await server.get(`${DEFINITIONS}/gadgets.demo.example.com`);
  assert.deepEqual(conditions(body), { NamesAccepted: "False", Established: "False" });
  assert.equal(body.status.conditions[0].reason, "KindConflict");
});

test("definitions that cannot be served are refused, naming the field", async () => {
  await using server = await TestServer.start();
  const wrong: [change: object, name: string, field: string][] = [
    [{}, "gadgets.demo.example.com", "metadata.name"],
    [{ versions: [widgetVersion("v1")] }, "widgets.demo.example.com", "spec.versions"],
    [{ scope: "Galaxy" }, "widgets.demo.example.com", "spec.scope"],
    [{ names: { plural: "widgets" } }, "widgets.demo.example.com", "spec.names.kind"],
    [
      { versions: [{ name: "v1", served: true, storage: true }] },
      "widgets.demo.example.com",
      "spec.versions[0].schema.openAPIV3Schema",
    ],
    [
      { conversion: { strategy: "Webhook" } },
      "widgets.demo.example.com",
      "spec.conversion.webhook.clientConfig",
    ],
  ];
  for (const [change, name, field] of wrong) {
    const definition = { ...widgetDefinition({ ...change }), metadata: { name } };
    const { status, body } = await server.post(DEFINITIONS, definition);
    assert.equal(status, 422, field);
    assert.ok(
      body.details.causes.some((cause: { field: string }) => cause.field === field),
      `${field} in ${body.message}`,
    );
  }
});

test("with strategy None only the apiVersion is written anew", async () => {
  await using server = await TestServer.start();
  const versions = [widgetVersion("v1", { storage: true }), widgetVersion("v1beta1")];
  await server.post(DEFINITIONS, widgetDefinition({ versions }));
  await server.post(WIDGETS, widget("a", { spec: { n: 1 } }));
  const old = await server.get("/apis/demo.example.com/v1beta1/namespaces/default/widgets/a");
  assert.equal(old.body.apiVersion, "demo.example.com/v1beta1");
  assert.deepEqual(old.body.spec, { n: 1 });
});

test("unknown fields are pruned with a warning, or refused when strict", async () => {
  await using server = await TestServer.start();
  const schema = {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: { size: { type: "integer", default: 3, minimum: 1 } },
        },
      },
    },
  };
  const versions = [widgetVersion("v1", { storage: true, schema })];
  await server.post(DEFINITIONS, widgetDefinition({ versions }));
  const made = await server.post(WIDGETS, widget("a", { spec: { bogus: 1 } }));
  assert.equal(made.headers.warning, '299 - "unknown field \\"spec.bogus\\""');
  assert.deepEqual(made.body.spec, { size: 3 });
  const strict = await server.post(
    `${WIDGETS}?fieldValidation=Strict`,
    widget("b", { spec: { bogus: 1 } }),
  );
  assert.equal(
    strict.body.message,
    'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.bogus"',
  );
  const small = await server.post(WIDGETS, widget("b", { spec: { size: 0 } }));
  assert.equal(small.status, 422);
  assert.equal(small.body.details.causes[0].field, "spec.size");
});
