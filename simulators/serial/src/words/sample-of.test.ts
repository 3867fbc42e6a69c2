import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sampleOf } from "./sample-of.ts";

const samples: readonly (readonly [pattern: string, words: object, sample: string | undefined])[] =
  [
    ["^OK$", {}, "OK"],
    ["^T=([-+\\d.]+)C$", { group: "21.5" }, "T=21.5C"],
    ["^[+]?0,", {}, "0,"],
    ['^(-\\d+,".*")', { anything: "too high" }, '-1,"too high"'],
    ["^ERR (.*)", { anything: "busy" }, "ERR busy"],
    ["^(?:A|B)\\s*(\\w{3})", { group: "xyz" }, "Axyz"],
    ["^AA 55 .. (..)", { any: "0" }, "AA 55 00 00"],
    ["^\\x02a\\.b", {}, "\x02a.b"],
    ["(a)\\1", {}, undefined],
    ["(unclosed", {}, undefined],
  ];
for (const [pattern, words, sample] of samples) {
  test(`${pattern} with ${JSON.stringify(words)}`, () => {
    assert.equal(sampleOf(pattern, words), sample);
  });
}

test("whatever is found is matched, and nothing throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab1.*+?()[]|\\d^{}2,-$") }), (pattern) => {
      const sample = sampleOf(pattern, { group: "g", anything: "any" });
      if (sample !== undefined) assert.match(sample, new RegExp(pattern));
    }),
    { numRuns: 1000 },
  );
});
