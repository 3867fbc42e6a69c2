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

test("errors are the real server's, word for word", async () => {
  await using server = await withWidgets();
  const { body: made } = await server.post(WIDGETS, widget("a", { spec: { size: 1 } }));
  await server.merge(`${WIDGETS}/a`, { spec: { size: 2 } });
  const version = made.metadata.resourceVersion;
  const cases: [
    name: string,
    ask: () => Promise<{ body: unknown }>,
    code: number,
    reason: string | undefined,
    message: string,
  ][] = [
    [
      "missing",
      () => server.get(`${WIDGETS}/x`),
      404,
      "NotFound",
      'widgets.demo.example.com "x" not found',
    ],
    [
      "missing core",
      () => server.get("/api/v1/namespaces/default/configmaps/x"),
      404,
      "NotFound",
      'configmaps "x" not found',
    ],
    [
      "twice",
      () => server.post(WIDGETS, widget("a")),
      409,
      "AlreadyExists",
      'widgets.demo.example.com "a" already exists',
    ],
    [
      "stale",
      () => server.put(`${WIDGETS}/a`, made),
      409,
      "Conflict",
      'Operation cannot be fulfilled on widgets.demo.example.com "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      "PUT without version",
      () => server.put(`${WIDGETS}/a`, widget("a")),
      422,
      "Invalid",
      'Widget.demo.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    ],
    [
      "PUT of nothing",
      () => server.put(`${WIDGETS}/x`, widget("x")),
      404,
      "NotFound",
      'widgets.demo.example.com "x" not found',
    ],
    [
      "other name",
      () => server.put(`${WIDGETS}/a`, widget("b")),
      400,
      "BadRequest",
      "the name of the object (b) does not match the name on the URL (a)",
    ],
    [
      "other namespace",
      () =>
        server.post(WIDGETS, widget("b", { metadata: { name: "b", namespace: "kube-system" } })),
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "version on create",
      () => server.post(WIDGETS, widget("b", { metadata: { name: "b", resourceVersion: "1" } })),
      500,
      undefined,
      "resourceVersion should not be set on objects to be created",
    ],
    [
      "missing namespace",
      () => server.post("/api/v1/namespaces/nosuch/configmaps", { metadata: { name: "c" } }),
      404,
      "NotFound",
      'namespaces "nosuch" not found',
    ],
    [
      "uid",
      () => server.merge(`${WIDGETS}/a`, { metadata: { uid: "zzz" } }),
      422,
      "Invalid",
      'Widget.demo.example.com "a" is invalid: metadata.uid: Invalid value: "zzz": field is immutable',
    ],
    [
      "patch that is no JSON",
      () =>
        server.send("PATCH", `${WIDGETS}/a`, {
          body: "{",
          headers: { "Content-Type": "application/merge-patch+json" },
        }),
      400,
      "BadRequest",
      "error decoding patch: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ],
    [
      "failing JSON patch",
      () =>
        server.send("PATCH", `${WIDGETS}/a`, {
          body: [{ op: "test", path: "/spec/size", value: 99 }],
          headers: { "Content-Type": "application/json-patch+json" },
        }),
      422,
      "Invalid",
      "the server rejected our request due to an error in our request",
    ],
    [
      "strategic patch",
      () =>
        server.send("PATCH", `${WIDGETS}/a`, {
          body: {},
          headers: { "Content-Type": "application/strategic-merge-patch+json" },
        }),
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    ],
    [
      "protobuf",
      () =>
        server.send("POST", WIDGETS, {
          body: "k8s\u0000",
          headers: { "Content-Type": "application/vnd.kubernetes.protobuf" },
        }),
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml",
    ],
    [
      "precondition",
      () => server.delete(`${WIDGETS}/a`, { preconditions: { resourceVersion: version } }),
      409,
      "Conflict",
      `Operation cannot be fulfilled on Widget.demo.example.com "a": the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${Number(version) + 1}). The object might have been modified`,
    ],
    [
      "bad selector",
      () => server.get(`${WIDGETS}?fieldSelector=spec.foo%3D1`),
      400,
      "BadRequest",
      "field label not supported: spec.foo",
    ],
    [
      "bad version",
      () => server.get(`${WIDGETS}?resourceVersion=abc`),
      500,
      undefined,
      'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      "unknown resource",
      () => server.get("/apis/demo.example.com/v1/gadgets"),
      404,
      "NotFound",
      "the server could not find the requested resource",
    ],
    [
      "apply without manager",
      () =>
        server.send("PATCH", `${WIDGETS}/a`, {
          body: "{}",
          headers: { "Content-Type": "application/apply-patch+yaml" },
        }),
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
  ];
  for (const [name, ask, code, reason, message] of cases) {
    const body = (await ask()).body as Record<string, unknown>;
    assert.equal(body?.kind, "Status", name);
    assert.equal(body.message, message, name);
    assert.equal(body.code, code, name);
    assert.equal(body.reason, reason, name);
  }
});
