import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { PatchError, type PatchErrorKind } from "./patch-error.ts";
import { applyStrategicMergePatch, type MergeKeys } from "./strategic-merge-patch.ts";

/** RFC 7396, appendix A. */
const mergeCases: [unknown, unknown, unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [document, patch, wanted] of mergeCases) {
  test(`${JSON.stringify(patch)} merged into ${JSON.stringify(document)}`, () => {
    assert.deepEqual(applyMergePatch(document, patch), wanted);
  });
}

/** RFC 6902, appendix A. */
const jsonCases: [string, unknown, unknown[], unknown | PatchErrorKind][] = [
  ["A.1", { foo: "bar" }, [{ op: "add", path: "/baz", value: "qux" }], { baz: "qux", foo: "bar" }],
  [
    "A.2",
    { foo: ["bar", "baz"] },
    [{ op: "add", path: "/foo/1", value: "qux" }],
    { foo: ["bar", "qux", "baz"] },
  ],
  ["A.3", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
  [
    "A.4",
    { foo: ["bar", "qux", "baz"] },
    [{ op: "remove", path: "/foo/1" }],
    { foo: ["bar", "baz"] },
  ],
  ["A.5", { baz: "q" }, [{ op: "replace", path: "/baz", value: "boo" }], { baz: "boo" }],
  [
    "A.6",
    { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
    [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
    { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
  ],
  [
    "A.7",
    { foo: ["all", "grass", "cows", "eat"] },
    [{ op: "move", from: "/foo/1", path: "/foo/3" }],
    { foo: ["all", "cows", "eat", "grass"] },
  ],
  [
    "A.8",
    { baz: "qux", foo: ["a", 2, "c"] },
    [
      { op: "test", path: "/baz", value: "qux" },
      { op: "test", path: "/foo/1", value: 2 },
    ],
    { baz: "qux", foo: ["a", 2, "c"] },
  ],
  ["A.9", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }], "testFailed"],
  [
    "A.10",
    { foo: "bar" },
    [{ op: "add", path: "/child", value: { grandchild: {} } }],
    { foo: "bar", child: { grandchild: {} } },
  ],
  ["A.11", {}, [{ op: "add", path: "/baz", value: "qux", xyz: 123 }], { baz: "qux" }],
  ["A.12", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }], "failed"],
  ["A.14", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
  ["A.15", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }], "testFailed"],
  [
    "A.16",
    { foo: ["bar"] },
    [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
    { foo: ["bar", ["abc", "def"]] },
  ],
  ["index past the end", { foo: [] }, [{ op: "add", path: "/foo/1", value: 1 }], "failed"],
  ["index with a leading zero", { foo: [1, 2] }, [{ op: "remove", path: "/foo/01" }], "failed"],
  ["remove of nothing", {}, [{ op: "remove", path: "/a" }], "failed"],
  ["replace of nothing", {}, [{ op: "replace", path: "/a", value: 1 }], "failed"],
  ["unknown op", {}, [{ op: "put", path: "/a", value: 1 }], "decode"],
  ["no value", {}, [{ op: "add", path: "/a" }], "decode"],
  ["no pointer", {}, [{ op: "remove", path: "a" }], "decode"],
  ["not an operation", {}, [1], "decode"],
];
for (const [title, document, operations, wanted] of jsonCases) {
  test(`JSON patch ${title}`, () => {
    const before = structuredClone(document);
    if (typeof wanted === "string") {
      assert.throws(
        () => applyJsonPatch(document, operations),
        (error: unknown) => error instanceof PatchError && error.kind === wanted,
      );
    } else {
      assert.deepEqual(applyJsonPatch(document, operations), wanted);
    }
    assert.deepEqual(document, before);
  });
}

const hostile = JSON.parse(
  '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
);

test("no patch reaches a prototype", () => {
  for (const result of [
    applyMergePatch({}, hostile),
    applyMergePatch(hostile, { __proto__: null, a: 1 }),
    applyStrategicMergePatch({}, hostile, () => undefined),
    applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: 1 } }]),
  ]) {
    assert.ok(Object.getPrototypeOf(result) === Object.prototype);
  }
  assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/__proto__/polluted", value: 1 }]));
  assert.throws(() =>
    applyJsonPatch({}, [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }]),
  );
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

const json = fc.jsonValue().map((v) => JSON.parse(JSON.stringify(v)));

test("a merge patch applied twice is applied once; an empty one changes nothing", () => {
  fc.assert(
    fc.property(json, json, (document, patch) => {
      const once = applyMergePatch(document, patch);
      assert.deepEqual(applyMergePatch(once, patch), once);
      if (typeof document === "object" && document !== null && !Array.isArray(document)) {
        assert.deepEqual(applyMergePatch(document, {}), document);
      }
    }),
  );
});

test("any operations either apply or fail with a PatchError", () => {
  const path = fc.oneof(
    fc.string(),
    fc.constantFrom("", "/a", "/a/0", "/a/-", "/a/b", "/__proto__"),
  );
  const operation = fc.record(
    {
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
      path,
      from: path,
      value: json,
    },
    { requiredKeys: ["op", "path"] },
  );
  fc.assert(
    fc.property(json, fc.array(fc.oneof(operation, json)), (document, operations) => {
      try {
        applyJsonPatch(document, operations);
      } catch (error) {
        assert.ok(error instanceof PatchError, String(error));
      }
    }),
  );
});

const keys: MergeKeys = (path) =>
  ({
    "spec.containers": { mergeKey: "name", strategy: ["merge"] },
    "spec.containers.ports": { mergeKey: "port", strategy: ["merge"] },
    "metadata.finalizers": { strategy: ["merge"] },
    "spec.strategy": { strategy: ["retainKeys"] },
  })[path];
const pod = {
  metadata: { labels: { a: "1", b: "2" }, finalizers: ["x", "y"] },
  spec: {
    args: ["old"],
    strategy: { type: "Rolling", rolling: { max: 1 } },
    containers: [
      { name: "one", image: "1", ports: [{ port: 80 }] },
      { name: "two", image: "2" },
    ],
  },
};
const [one, two] = pod.spec.containers;
const strategicCases: { title: string; patch: unknown; spec?: object; metadata?: object }[] = [
  {
    title: "null removes, others stay",
    patch: { metadata: { labels: { a: null, c: "3" } } },
    metadata: { ...pod.metadata, labels: { b: "2", c: "3" } },
  },
  {
    title: "a keyed list merges by key, deep",
    patch: { spec: { containers: [{ name: "one", ports: [{ port: 81 }] }, { name: "three" }] } },
    spec: {
      ...pod.spec,
      containers: [{ ...one, ports: [{ port: 80 }, { port: 81 }] }, two, { name: "three" }],
    },
  },
  {
    title: "$patch: delete removes an item",
    patch: { spec: { containers: [{ name: "one", $patch: "delete" }] } },
    spec: { ...pod.spec, containers: [two] },
  },
  {
    title: "$patch: replace takes the list as sent",
    patch: { spec: { containers: [{ name: "z" }, { $patch: "replace" }] } },
    spec: { ...pod.spec, containers: [{ name: "z" }] },
  },
  {
    title: "$patch: replace takes an object as sent",
    patch: { metadata: { labels: { $patch: "replace", z: "1" } } },
    metadata: { ...pod.metadata, labels: { z: "1" } },
  },
  {
    title: "an atomic list is replaced",
    patch: { spec: { args: ["new"] } },
    spec: { ...pod.spec, args: ["new"] },
  },
  {
    title: "a primitive list merges and deletes",
    patch: { metadata: { finalizers: ["z", "x"], "$deleteFromPrimitiveList/finalizers": ["y"] } },
    metadata: { ...pod.metadata, finalizers: ["x", "z"] },
  },
  {
    title: "$setElementOrder sorts",
    patch: { spec: { "$setElementOrder/containers": [{ name: "two" }, { name: "one" }] } },
    spec: { ...pod.spec, containers: [two, one] },
  },
  {
    title: "$retainKeys drops the rest",
    patch: { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
    spec: { ...pod.spec, strategy: { type: "Recreate" } },
  },
];
for (const { title, patch, spec, metadata } of strategicCases) {
  test(`strategic: ${title}`, () => {
    const wanted = { metadata: metadata ?? pod.metadata, spec: spec ?? pod.spec };
    assert.deepEqual(applyStrategicMergePatch(pod, patch, keys), wanted);
  });
}

test("strategic: an item without its key is a decode error", () => {
  assert.throws(
    () => applyStrategicMergePatch(pod, { spec: { containers: [{ image: "3" }] } }, keys),
    (error: unknown) => error instanceof PatchError && error.kind === "decode",
  );
});
