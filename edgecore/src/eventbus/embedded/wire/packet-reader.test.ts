import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate, type Packet, parser } from "mqtt-packet";
import { PacketFrames } from "./packet-frames.ts";
import { PacketReader } from "./packet-reader.ts";

interface Read {
  readonly packets: object[];
  /** Of those, how many the reader has read itself */
  own: number;
}

/** What is read of a stream that comes in pieces of `cut` bytes. */
function readInPieces(stream: Buffer, cut: number, isReady = () => true): Read {
  const read: Read = { packets: [], own: 0 };
  const library = parser()
    .on("packet", (packet) => read.packets.push(factsOf(packet)))
    .on("error", () => {});
  const note = (packet: object) => {
    read.packets.push(factsOf(packet));
    read.own += 1;
  };
  const reader = new PacketReader({
    isReady,
    publish: note,
    acknowledged: (messageId) => note({ cmd: "puback", messageId }),
    others: (bytes) => library.parse(bytes),
  });
  const frames = new PacketFrames(1_000_000);
  for (let from = 0; from < stream.length; from += cut) {
    let rest = stream.subarray(from, from + cut);
    while (rest.length > 0) {
      const taken = frames.take(rest, 500);
      reader.read(rest.subarray(0, taken.bytes), taken);
      rest = rest.subarray(taken.bytes);
    }
  }
  return read;
}

function factsOf(packet: object): object {
  const { cmd, messageId, topic, payload, qos, retain, dup } = packet as Record<string, unknown>;
  if (cmd !== "publish") return { cmd, messageId };
  return { cmd, messageId, topic, payload: String(payload), qos, retain, dup };
}

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
const publish = fc
  .record({
    topic: text.filter((topic) => !/[+#\0]/.test(topic)),
    payload: fc.oneof(text, fc.constant("x".repeat(3_000)), fc.constant("")),
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    dup: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  })
  .map(({ qos, messageId, dup, ...rest }) => {
    const numbered = qos > 0 ? { messageId, dup } : { dup: false };
    return { cmd: "publish", qos, ...rest, ...numbered };
  });
const others = fc.constantFrom(
  { cmd: "pingreq" },
  { cmd: "puback", messageId: 7 },
  { cmd: "pubrel", messageId: 300 },
  { cmd: "pubrec", messageId: 65_535 },
);
const packets = fc.array(fc.oneof(publish, publish, others), { maxLength: 12 });

test("however the bytes are cut, the same is read as by the library alone", () => {
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 4_000 }), (said, cut) => {
      const stream = Buffer.concat(said.map((packet) => generate(packet as Packet)));
      const heard: object[] = [];
      parser()
        .on("packet", (packet) => heard.push(factsOf(packet)))
        .parse(stream);
      assert.deepEqual(readInPieces(stream, cut).packets, heard);
      assert.equal(heard.length, said.length);
    }),
    { numRuns: 300 },
  );
});

test("what comes whole is read without the library, once there is a client", () => {
  const say = { cmd: "publish", topic: "a", payload: "b", qos: 1, messageId: 1, dup: false };
  const said = [{ ...say, retain: false }, { cmd: "puback", messageId: 9 }, { cmd: "pingreq" }];
  const stream = Buffer.concat(said.map((packet) => generate(packet as Packet)));
  assert.equal(readInPieces(stream, stream.length).own, 2);
  assert.equal(readInPieces(stream, stream.length, () => false).own, 0);
});

test("what is out of the ordinary is left to the library, which says what is wrong", () => {
  const publishOf = (topic: string, header = 0x30) => {
    const name = Buffer.from(topic);
    const body = Buffer.concat([Buffer.of(name.length >> 8, name.length & 0xff), name]);
    const length =
      body.length < 128 ? [body.length] : [(body.length % 128) | 0x80, body.length >> 7];
    return Buffer.concat([Buffer.of(header, ...length), body]);
  };
  const strange = [
    ...["", "a/+", "#", "a/".repeat(200)].map((topic) => publishOf(topic)),
    publishOf("a", 0x36),
    publishOf("a", 0x32),
    Buffer.of(0x30, 1, 0),
    Buffer.of(0x30, 3, 0, 9, 97),
    Buffer.of(0x32, 3, 0, 1, 97),
    Buffer.of(0x40, 1, 0),
    Buffer.of(0x41, 2, 0, 1),
    Buffer.of(0x40, 3, 0, 1, 0),
  ];
  for (const bytes of strange) {
    const read = readInPieces(bytes, bytes.length);
    assert.equal(read.own, 0, bytes.toString("hex"));
  }
});

test("random bytes do no harm", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const own: object[] = [];
      const frames = new PacketFrames(100);
      const reader = new PacketReader({
        isReady: () => true,
        publish: (packet) => own.push(packet),
        acknowledged: () => {},
        others: () => {},
      });
      try {
        const stream = Buffer.from(bytes);
        const taken = frames.take(stream, 1_000);
        reader.read(stream.subarray(0, taken.bytes), taken);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});
