import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineSplitter } from "./line-splitter.ts";

test("lines survive any cutting of the stream, also within a character", () => {
  const line = fc.string({ unit: "grapheme", minLength: 1 }).map((s) => s.replaceAll("\n", "ä"));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
      const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
      const splitter = new LineSplitter(1 << 20);
      const seen: string[] = [];
      let from = 0;
      for (const to of [...at, bytes.length]) {
        seen.push(...splitter.push(bytes.subarray(from, to)));
        from = to;
      }
      assert.deepEqual(seen, Buffer.from(lines.join("\n")).toString().split("\n").filter(Boolean));
      assert.equal(splitter.pendingBytes, 0);
    }),
  );
});

test("a cut line stays pending and one without end is refused", () => {
  const splitter = new LineSplitter(8);
  assert.deepEqual([...splitter.push(Buffer.from("one\ntwo"))], ["one"]);
  assert.equal(splitter.pendingBytes, 3);
  assert.throws(() => [...splitter.push(Buffer.from("345678"))], { code: "invalid_input" });
});
