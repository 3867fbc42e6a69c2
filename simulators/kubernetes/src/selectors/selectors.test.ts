import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coreResources } from "../resources/index.ts";
import { StatusError } from "../status/index.ts";
import { parseFieldSelector, selectedName } from "./field-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";

const labels: [selector: string, labels: Record<string, string>, matches: boolean][] = [
  ["a=b", { a: "b" }, true],
  ["a==b", { a: "c" }, false],
  ["a!=b", {}, true],
  ["a!=b", { a: "b" }, false],
  ["a", { a: "" }, true],
  ["!a", { a: "" }, false],
  ["! a", {}, true],
  ["a in (b, c)", { a: "c" }, true],
  ["a in (b,c)", {}, false],
  ["a notin (b,c)", {}, true],
  ["a notin (b,c)", { a: "b" }, false],
  ["a in (b,c),d=e", { a: "b", d: "e" }, true],
  ["a in (b,c),d=e", { a: "b", d: "f" }, false],
  ["x.io/a=b,c", { "x.io/a": "b", c: "" }, true],
  ["a>3", { a: "4" }, true],
  ["a<3", { a: "4" }, false],
  ["a=", { a: "" }, true],
];
for (const [selector, object, matches] of labels) {
  test(`label selector ${selector} on ${JSON.stringify(object)}`, () => {
    assert.equal(parseLabelSelector(selector)?.(object), matches);
  });
}

test("what is no label selector is refused with a 400", () => {
  assert.throws(() => parseLabelSelector("a b"), /unable to parse requirement/);
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseLabelSelector(text)?.({ a: "b" });
      } catch (error) {
        assert.ok(error instanceof StatusError && error.code === 400, String(error));
      }
    }),
  );
});

test("a set of values means equality with one of them", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 4 }), word, (values, value) => {
      const isIn = parseLabelSelector(`k in (${values.join(",")})`)?.({ k: value });
      const isNotIn = parseLabelSelector(`k notin (${values.join(",")})`)?.({ k: value });
      assert.equal(isIn, values.includes(value));
      assert.equal(isNotIn, !values.includes(value));
    }),
  );
});

function built(plural: string) {
  const resource = coreResources().find((item) => item.plural === plural);
  assert.ok(resource);
  return resource;
}

test("field selectors: names, fields of the kind, absent booleans", () => {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec: {} };
  const nodes = built("nodes");
  assert.equal(parseFieldSelector("metadata.name=n", nodes)?.(node), true);
  assert.equal(parseFieldSelector("metadata.name!=n", nodes)?.(node), false);
  assert.equal(parseFieldSelector("spec.unschedulable=false", nodes)?.(node), true);
  assert.equal(parseFieldSelector("", nodes), undefined);
  assert.throws(
    () => parseFieldSelector("spec.foo=1", nodes),
    /field label not supported: spec.foo/,
  );
  assert.throws(() => parseFieldSelector("rubbish", nodes), /invalid selector/);
  assert.equal(selectedName("metadata.namespace=x,metadata.name=y"), "y");
  assert.equal(selectedName("metadata.name!=y"), undefined);
});

test("escaped separators belong to the value", () => {
  const event = { apiVersion: "v1", kind: "Event", metadata: {}, reason: "a,b=c" };
  assert.equal(parseFieldSelector("reason=a\\,b\\=c", built("events"))?.(event), true);
});

test("no field selector makes the parser throw anything but a 400", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseFieldSelector(text, built("pods"));
      } catch (error) {
        assert.ok(error instanceof StatusError && error.code === 400, String(error));
      }
    }),
  );
});
