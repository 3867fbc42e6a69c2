import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate, parser } from "mqtt-packet";
import { PublishFrame } from "./publish-frame.ts";

const message = fc.record({
  topic: fc.string({ unit: "grapheme", minLength: 1 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(100, 127, 128, 16_383, 20_000, 2_097_152).map((size) => new Uint8Array(size)),
  ),
  isRetained: fc.boolean(),
  qos: fc.constantFrom(0, 1, 2),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  isAgain: fc.boolean(),
});

test("a message as bytes is what mqtt-packet writes and reads", () => {
  fc.assert(
    fc.property(message, ({ topic, payload, isRetained, qos, messageId, isAgain }) => {
      const frame = new PublishFrame({ topic, payload, isRetained });
      const bytes = qos === 0 ? frame.plain : frame.numbered(qos, messageId, isAgain);
      const facts = { qos, retain: isRetained, dup: qos > 0 && isAgain };
      const packet = { cmd: "publish", topic, payload: Buffer.from(payload), ...facts };
      const expected = generate({ ...packet, ...(qos > 0 && { messageId }) } as never);
      assert.ok(bytes.equals(expected));
      let read: unknown;
      parser()
        .on("packet", (found) => {
          read = found;
        })
        .parse(bytes);
      assert.equal((read as { topic: string }).topic, topic);
    }),
    { numRuns: 150 },
  );
});
