import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePath, type RequestPath } from "./request-path.ts";

function resource(
  group: string,
  version: string,
  namespace: string,
  plural: string,
  name?: string,
  subresource?: string,
): RequestPath {
  return { kind: "resource", resource: { group, version, namespace, plural, name, subresource } };
}

function discovery(root: "api" | "apis", group?: string, version?: string): RequestPath {
  return { kind: "discovery", discovery: { root, group, version } };
}

const cases: [path: string, expected: RequestPath][] = [
  ["/api", discovery("api")],
  ["/apis/", discovery("apis")],
  ["/apis/apps", discovery("apis", "apps")],
  ["/api/v1", discovery("api", "", "v1")],
  ["/apis/apps/v1", discovery("apis", "apps", "v1")],
  ["/api/v1/pods", resource("", "v1", "", "pods")],
  ["/api/v1/namespaces", resource("", "v1", "", "namespaces")],
  ["/api/v1/namespaces/a", resource("", "v1", "", "namespaces", "a")],
  ["/api/v1/namespaces/a/status", resource("", "v1", "", "namespaces", "a", "status")],
  ["/api/v1/namespaces/a/finalize", resource("", "v1", "", "namespaces", "a", "finalize")],
  ["/api/v1/namespaces/a/pods", resource("", "v1", "a", "pods")],
  ["/api/v1/namespaces/a/pods/b/", resource("", "v1", "a", "pods", "b")],
  ["/apis/d.io/v1/namespaces/a/ws/b/scale", resource("d.io", "v1", "a", "ws", "b", "scale")],
  ["/apis/d.io/v1/ws/system%3Aadmin", resource("d.io", "v1", "", "ws", "system:admin")],
  [
    "/apis/d.io/v1/ws/a/b/c",
    { kind: "other", segments: ["apis", "d.io", "v1", "ws", "a", "b", "c"] },
  ],
  ["/healthz", { kind: "other", segments: ["healthz"] }],
  ["/api/%ZZ", { kind: "other", segments: [] }],
];
for (const [path, expected] of cases) {
  test(`${path} is understood`, () => assert.deepEqual(parsePath(path), expected));
}

test("no path makes the parser throw, and names come back as they were encoded", () => {
  fc.assert(fc.property(fc.string(), (text) => void parsePath(`/${text}`)));
  const segment = fc.string({ minLength: 1 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(segment, (name) => {
      const path = parsePath(`/apis/d.io/v1/ws/${encodeURIComponent(name)}`);
      assert.equal(path.kind === "resource" && path.resource.name, name);
    }),
  );
});
