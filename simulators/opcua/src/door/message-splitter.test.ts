import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MessageSplitter } from "./message-splitter.ts";

const body = fc.uint8Array({ maxLength: 40 });

test("messages come out whole and in order, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(body, { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      (bodies, size) => {
        const messages = bodies.map((bytes) => messageOf(bytes));
        const stream = Buffer.concat(messages);
        const splitter = new MessageSplitter();
        const taken: Buffer[] = [];
        for (let from = 0; from < stream.length; from += size) {
          taken.push(...splitter.take(stream.subarray(from, from + size)));
        }
        assert.deepEqual(taken, messages);
      },
    ),
  );
});

test("bytes that are no OPC UA pass as they are, and are never kept for ever", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (noise) => {
      const bytes = Buffer.from(noise);
      bytes.writeUInt32LE(3, 4);
      assert.deepEqual(Buffer.concat(new MessageSplitter().take(bytes)), bytes);
    }),
  );
});

function messageOf(bytes: Uint8Array): Buffer {
  const message = Buffer.alloc(8 + bytes.length, "MSGF");
  message.writeUInt32LE(message.length, 4);
  message.set(bytes, 8);
  return message;
}
