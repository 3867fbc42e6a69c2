import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PacketFrames } from "./packet-frames.ts";

function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

const lengths = fc.array(fc.oneof(fc.nat(3), fc.nat(200), fc.nat(40_000)), { maxLength: 20 });

test("however the bytes are cut, each part ends at a border or uses all there is", () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 5_000 }), fc.nat(300), (sizes, cut, enough) => {
      const packets = sizes.map(packet);
      const stream = Buffer.concat(packets);
      const borders = new Set([0]);
      let end = 0;
      for (const { length } of packets) {
        end += length;
        borders.add(end);
      }
      const frames = new PacketFrames(40_000);
      let at = 0;
      for (let from = 0; from < stream.length; from += cut) {
        const chunk = stream.subarray(from, from + cut);
        for (let done = 0; done < chunk.length; ) {
          const taken = frames.take(chunk.subarray(done), enough).bytes;
          assert.ok(taken > 0);
          done += taken;
          at += taken;
          if (done < chunk.length) assert.ok(borders.has(at), `${at} is a border`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("a packet too large is noticed at its header", () => {
  const frames = new PacketFrames(1_000);
  assert.equal(frames.take(packet(1_000), 1).bytes, packet(1_000).length);
  assert.throws(() => frames.take(packet(1_001).subarray(0, 3), 1), /larger than 1000 bytes/);
});

test("a length that never ends is noticed, and random bytes do no harm", () => {
  assert.throws(
    () => new PacketFrames(1e9).take(Buffer.of(0x30, 0x80, 0x80, 0x80, 0x80), 1),
    RangeError,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      try {
        assert.ok(new PacketFrames(100).take(bytes, 10).bytes <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

test("a subscription comes alone: not with what is before it, nor with what is behind", () => {
  const bytes = (type: number) => Buffer.of(type, 2, 0, 1);
  const stream = Buffer.concat([0x30, 0x82, 0xa2, 0x30, 0x30].map(bytes));
  const frames = new PacketFrames(100);
  const take = (from: number, to: number, mayBeLonely = true) => {
    const { bytes, packets, isLonely } = frames.take(stream.subarray(from, to), 1e6, mayBeLonely);
    return [bytes, packets, isLonely];
  };
  assert.deepEqual(take(0, 20), [4, 1, false]);
  assert.deepEqual(take(4, 20, false), [0, 0, false]);
  assert.deepEqual(take(4, 6), [2, 0, false], "cut in its middle");
  assert.deepEqual(take(6, 20, false), [2, 1, true]);
  assert.deepEqual(take(8, 20), [4, 1, true]);
  assert.deepEqual(take(12, 20), [8, 2, false]);
});
