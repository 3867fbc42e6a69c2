import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiV3Document } from "./openapi-document.ts";

const widgets = {
  kind: "Widget",
  plural: "widgets",
  singular: "widget",
  namespaced: true,
  schema: {
    type: "object",
    description: "A widget.",
    properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
  },
  subresources: { status: true, scale: true },
  verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
};
const document = JSON.parse(
  JSON.stringify(
    openApiV3Document({ group: "demo.example.com", version: "v1", resources: [widgets] }),
  ),
);
const base = "/apis/demo.example.com/v1/namespaces/{namespace}/widgets";

test("a PATCH of the kind names fieldValidation: kubectl then leaves validation to the server", () => {
  const { patch } = document.paths[`${base}/{name}`];
  assert.deepEqual(patch["x-kubernetes-group-version-kind"], {
    group: "demo.example.com",
    kind: "Widget",
    version: "v1",
  });
  const names = patch.parameters.map((p: { name: string }) => p.name);
  assert.ok(names.includes("fieldValidation") && names.includes("dryRun"));
});

test("the paths are those of a custom resource", () => {
  assert.deepEqual(Object.keys(document.paths).sort(), [
    base,
    `${base}/{name}`,
    `${base}/{name}/scale`,
    `${base}/{name}/status`,
    "/apis/demo.example.com/v1/widgets",
  ]);
});

test("every reference leads to a component, every operation has its own id", () => {
  const text = JSON.stringify(document);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    assert.ok(document.components.schemas[name], name);
  }
  const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((m) => m[1]);
  assert.equal(new Set(ids).size, ids.length);
});

test("a kind's component carries its schema, its kind and the common members", () => {
  const schema = document.components.schemas["com.example.demo.v1.Widget"];
  assert.deepEqual(Object.keys(schema.properties), ["spec", "apiVersion", "kind", "metadata"]);
  assert.equal(schema.description, "A widget.");
  assert.ok(document.components.schemas["com.example.demo.v1.WidgetList"]);
});
