import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PathTree, segmentsOf } from "./path-tree.ts";

const PATTERNS = ["/a", "a/b", "/a/{x}/c", "/{y}/b/", "/lamp/{id}", "/a.c"];
const tree = new PathTree<string>();
for (const pattern of PATTERNS) tree.add(pattern, pattern);

const cases: [path: string, pattern: string | undefined, rest: string, variables?: object][] = [
  ["a", "/a", ""],
  ["a/", "/a", ""],
  ["a/x", "/a", "x"],
  ["abc", undefined, ""],
  ["x/default/a", undefined, ""],
  ["a/b", "a/b", ""],
  ["a/b/c", "a/b", "c"],
  ["a/q/c/d", "/a/{x}/c", "d", { x: "q" }],
  ["z/b", "/{y}/b/", "", { y: "z" }],
  ["lamp/7/on/now", "/lamp/{id}", "on/now", { id: "7" }],
  ["lamp", undefined, ""],
  ["lamp//on", undefined, ""],
  ["abc", undefined, ""],
  ["", undefined, ""],
];
for (const [path, pattern, rest, variables = {}] of cases) {
  test(`${JSON.stringify(path)} fits ${pattern}`, () => {
    const found = tree.find(segmentsOf(path));
    assert.equal(found?.value, pattern);
    if (!found) return;
    assert.equal(found.remainder.join("/"), rest);
    assert.deepEqual({ ...found.variables }, variables);
  });
}

test("the same pattern twice: the first stays", () => {
  const twice = new PathTree<number>();
  assert.equal(twice.add("/x/{a}", 1), true);
  assert.equal(twice.add("x/{b}/", 2), false);
  assert.equal(twice.find(["x", "1"])?.value, 1);
});

test("which one wins does not depend on the order in which they came", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(PATTERNS),
      fc.array(fc.constantFrom("a", "b", "c", "lamp", "7"), { maxLength: 4 }),
      (some, path) => {
        const one = new PathTree<string>();
        const other = new PathTree<string>();
        for (const pattern of some) one.add(pattern, pattern);
        for (const pattern of [...some].reverse()) other.add(pattern, pattern);
        assert.equal(one.find(path)?.value, other.find(path)?.value);
      },
    ),
  );
});
