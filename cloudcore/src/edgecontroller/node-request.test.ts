import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError, parseEnvelope } from "@mapperkit/api";
import fc from "fast-check";
import { nodeNameIn, parseNodeRequest } from "./node-request.ts";

test("whatever an edge asks, the answer is a request about its own name or a refusal", () => {
  const operation = fc.constantFrom("insert", "update", "query", "patch", "delete", "");
  const resource = fc.constantFrom(
    ...["default/node/e1", "null/nodepatch/e1", "kube-node-lease/lease/e1", "default/pod/e1"],
  );
  const content = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.record({ metadata: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())) }),
  );
  fc.assert(
    fc.property(operation, resource, content, (op, about, body) => {
      const text = JSON.stringify({ route: { operation: op, resource: about }, content: body });
      try {
        const request = parseNodeRequest(parseEnvelope(text));
        if ("object" in request) assert.equal(request.object.metadata.name, "e1");
      } catch (error) {
        assert.ok(error instanceof MapperkitError, String(error));
      }
    }),
  );
});

test("the node is the third part of a resource, and only of resources that are about nodes", () => {
  assert.equal(nodeNameIn("default/node/e1"), "e1");
  assert.equal(nodeNameIn("null/nodepatch/e1"), "e1");
  assert.equal(nodeNameIn("kube-node-lease/lease/e1"), "e1");
  for (const other of ["default/pod/e1", "default/node", "default/node/e1/status", "", "node"]) {
    assert.equal(nodeNameIn(other), undefined, other);
  }
  assert.equal(nodeNameIn("default/constructor/e1"), undefined);
});
