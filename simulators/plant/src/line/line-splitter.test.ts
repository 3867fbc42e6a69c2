import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Line, LineSplitter } from "./line-splitter.ts";

const LIMIT = 8;
const texts = (lines: readonly Line[]) =>
  lines.map((line) => (line === "too long" ? line : JSON.stringify(line.text)));

const cases: { chunks: string[]; lines: string[] }[] = [
  { chunks: ["ON\n"], lines: ['"ON"'] },
  { chunks: ["ON\r\nOFF\n"], lines: ['"ON"', '"OFF"'] },
  { chunks: ["VAL", "UE?", "\n"], lines: ['"VALUE?"'] },
  { chunks: ["ON\r", "\n"], lines: ['"ON"'] },
  { chunks: ["\n\r\n"], lines: ['""', '""'] },
  { chunks: ["a\rb\n"], lines: ['"a\\rb"'] },
  { chunks: ["ON"], lines: [] },
  { chunks: ["12345678\n"], lines: ['"12345678"'] },
  { chunks: ["12345678", "\r", "\n"], lines: ['"12345678"'] },
  { chunks: ["123456789\nON\n"], lines: ["too long", '"ON"'] },
  { chunks: ["12345678", "9", "\nON\n"], lines: ["too long", '"ON"'] },
  { chunks: ["1234567890", "1234567890", "\nON\n"], lines: ["too long", '"ON"'] },
];
for (const { chunks, lines } of cases) {
  test(`${JSON.stringify(chunks)} is ${lines.join(", ") || "no line yet"}`, () => {
    const splitter = new LineSplitter(LIMIT);
    assert.deepEqual(texts(chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)))), lines);
  });
}

test("a line that never ends is reported before it ends", () => {
  const splitter = new LineSplitter(LIMIT);
  assert.deepEqual(splitter.push(Buffer.alloc(1000, "x")), ["too long"]);
  assert.deepEqual(splitter.push(Buffer.alloc(1000, "x")), []);
});

/** Bytes in which line ends and lines near the limit are likely. */
const stream = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("\n", "\r\n", "\r", "ON\n", "12345678", "123456789\n").map(Buffer.from),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts as Buffer[]));

test("any bytes, cut anywhere, give the same lines: one per line end", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(12)), (bytes, cuts) => {
      const whole = [...bytes, ...Buffer.from("\n")];
      const expected = splitByHand(whole);
      const splitter = new LineSplitter(LIMIT);
      const lines: Line[] = [];
      let from = 0;
      for (const cut of [...cuts, whole.length]) {
        lines.push(...splitter.push(Buffer.from(whole.slice(from, from + cut))));
        from += cut;
      }
      lines.push(...splitter.push(Buffer.from(whole.slice(from))));
      assert.deepEqual(lines, expected);
    }),
  );
});

/** The same rule said once more, without a thought for chunks. */
function splitByHand(bytes: readonly number[]): Line[] {
  return Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .slice(0, -1)
    .map((line) => line.replace(/\r$/, ""))
    .map((line) =>
      line.length > LIMIT ? "too long" : { text: Buffer.from(line, "latin1").toString("utf8") },
    );
}
