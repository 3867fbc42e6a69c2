import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkBytes } from "./checksums.ts";
import { type FrameForm, FrameSplitter } from "./frame-splitter.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { Splitter } from "./message.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const newline = { end: bytes("0a"), encoding: "utf8" } as const;
const FORM: FrameForm = {
  ...{ header: bytes("aa55"), trailer: new Uint8Array(), checksumFrom: 0 },
  extent: { kind: "field", at: 2, bytes: 1, order: "big", adds: 0 },
  ...{ checksum: "crc16-modbus", checksumOrder: undefined },
};

/** A good frame with this content. */
function frame(content: Uint8Array): Buffer {
  const body = Buffer.concat([bytes("aa55"), Buffer.of(content.length + 5), content]);
  return Buffer.concat([body, checkBytes("crc16-modbus", body, undefined)]);
}

function texts(splitter: Splitter, pieces: readonly Uint8Array[]): string[] {
  return pieces.flatMap((piece) => splitter.push(piece).map(({ text }) => text));
}

const lines: readonly (readonly [title: string, given: string, found: readonly string[]])[] = [
  ["several at once", "12.5\n-3\n", ["12.5", "-3"]],
  ["CRLF", "12.5\r\n", ["12.5"]],
  ["noise before it", "\0\x7f12.5\n", ["12.5"]],
  ["noise within it", "12\0.5\n13\n", ["13"]],
  ["empty lines", "\n\r\n7\n", ["7"]],
  ["no end", "12.5", []],
];
for (const [title, given, found] of lines) {
  test(`lines: ${title}`, () => {
    assert.deepEqual(texts(new LineSplitter(newline), [Buffer.from(given)]), found);
  });
}

test("the rest of a line that began before anybody listened is none", () => {
  assert.deepEqual(texts(new LineSplitter(newline, true), [Buffer.from(".5\n12.5\n")]), ["12.5"]);
});

test("a line without end takes no memory, and the one after it is found", () => {
  const splitter = new LineSplitter(newline);
  const flood = Array.from({ length: 100 }, () => Buffer.alloc(1000, "x"));
  assert.deepEqual(texts(splitter, [...flood, Buffer.from("\n7\n")]), ["7"]);
});

test("lines are the same however they are cut, and arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (all, size) => {
      const whole = texts(new LineSplitter(newline), [all]);
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      assert.deepEqual(texts(new LineSplitter(newline), pieces), whole);
    }),
  );
});

test("a frame is found behind any noise and however it is cut", () => {
  const noise = fc.uint8Array({ maxLength: 40 });
  const content = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(noise, content, fc.integer({ min: 1, max: 9 }), (before, inside, size) => {
      const good = frame(inside);
      const all = Buffer.concat([before, good]);
      const splitter = new FrameSplitter(FORM);
      const found: string[] = [];
      for (let at = 0; at < all.length; at += size) {
        for (const { bytes: one } of splitter.push(all.subarray(at, at + size))) {
          found.push(Buffer.from(one).toString("hex"));
        }
      }
      assert.equal(found.at(-1), good.toString("hex"));
    }),
    { numRuns: 500 },
  );
});

test("a frame of which one bit is wrong is none", () => {
  const content = fc.uint8Array({ minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(content, fc.nat(), (inside, where) => {
      const good = frame(inside);
      const at = where % (good.length * 8);
      good[at >> 3] = (good[at >> 3] ?? 0) ^ (1 << (at & 7));
      assert.deepEqual(new FrameSplitter(FORM).push(good), []);
    }),
  );
});

const forms: readonly (readonly [
  title: string,
  form: Partial<FrameForm>,
  given: string,
  found: string[],
])[] = [
  [
    "fixed length",
    { extent: { kind: "fixed", length: 4 }, checksum: undefined },
    "aa55 0102 aa55 0304",
    ["AA 55 01 02", "AA 55 03 04"],
  ],
  [
    "sum and trailer",
    { extent: { kind: "fixed", length: 6 }, checksum: "sum8", trailer: bytes("0d") },
    "aa55 0102 02 0d",
    ["AA 55 01 02 02 0D"],
  ],
  [
    "wrong trailer",
    { extent: { kind: "fixed", length: 6 }, checksum: "sum8", trailer: bytes("0d") },
    "aa55 0102 02 0a",
    [],
  ],
  [
    "STX, text, ETX, BCC over what follows STX",
    {
      header: bytes("02"),
      extent: { kind: "mark", mark: bytes("03") },
      checksum: "xor8",
      checksumFrom: 1,
    },
    "00 02 31 32 03 00",
    ["02 31 32 03 00"],
  ],
  [
    "a length that counts only what follows it, two bytes, little",
    { extent: { kind: "field", at: 2, bytes: 2, order: "little", adds: 4 }, checksum: undefined },
    "aa55 0200 0708",
    ["AA 55 02 00 07 08"],
  ],
];
for (const [title, form, given, found] of forms) {
  test(`frames: ${title}`, () => {
    assert.deepEqual(texts(new FrameSplitter({ ...FORM, ...form }), [bytes(given)]), found);
  });
}

test("endless noise takes no memory and never throws", () => {
  const all = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 });
  const extent = fc.constantFrom<FrameForm["extent"]>(
    { kind: "fixed", length: 9 },
    { kind: "field", at: 2, bytes: 2, order: "big", adds: -3 },
    { kind: "mark", mark: bytes("03") },
  );
  fc.assert(
    fc.property(all, extent, (pieces, own) => {
      const splitter = new FrameSplitter({ ...FORM, extent: own });
      for (const piece of pieces) splitter.push(piece);
    }),
    { numRuns: 200 },
  );
});
