import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "@mapperkit/runtime";
import { checkName, generateName } from "./names.ts";
import { compareVersions } from "./version-order.ts";

test("versions are ordered by stage, then by number", () => {
  const versions = [
    "v1alpha2",
    "foo10",
    "v1",
    "v11beta2",
    "v10",
    "v2",
    "v1beta1",
    "foo1",
    "v10beta3",
  ];
  assert.deepEqual(versions.sort(compareVersions), [
    "v10",
    "v2",
    "v1",
    "v11beta2",
    "v10beta3",
    "v1beta1",
    "v1alpha2",
    "foo1",
    "foo10",
  ]);
});

test("names are checked by the rule of their kind", () => {
  assert.deepEqual(checkName("a.b-c", "subdomain", "metadata.name"), []);
  assert.deepEqual(checkName("system:admin", "path", "metadata.name"), []);
  assert.match(
    checkName("A", "subdomain", "metadata.name")[0]?.message ?? "",
    /^Invalid value: "A": a lowercase RFC 1123 subdomain/,
  );
  assert.equal(checkName("a.b", "label", "metadata.name").length, 1);
  assert.equal(checkName("a/b", "path", "metadata.name").length, 1);
  assert.equal(checkName("a".repeat(64), "label", "metadata.name").length, 1);
});

test("a generated name keeps its base within 63 characters", () => {
  const name = generateName("x".repeat(100), createRandom(1));
  assert.equal(name.length, 63);
  assert.deepEqual(checkName(name, "label", "metadata.name"), []);
});
