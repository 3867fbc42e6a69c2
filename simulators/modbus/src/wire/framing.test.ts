import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { crcOf } from "./crc.ts";
import type { Frame, Framing } from "./framing.ts";
import { rtuFraming } from "./rtu-framing.ts";
import { tcpFraming } from "./tcp-framing.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const shown = (frames: readonly Frame[]) => frames.map(({ unit, pdu }) => `${unit} ${hex(pdu)}`);

const TCP_FRAME = "0102 0000 0006 07 0300000001";
const RTU_FRAME = "07 0300000001 846c";
const still = () => new VirtualClock();

const framings: [name: string, framing: Framing, frame: string, answer: string][] = [
  ["tcp", tcpFraming, TCP_FRAME, "010200000005070302"],
  ["rtu", rtuFraming, RTU_FRAME, "0703021234"],
];
for (const [name, framing, frame, answer] of framings) {
  test(`${name}: however the bytes are cut, the same frames come out`, () => {
    const twice = bytes(frame + frame);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (sizes) => {
        const decode = framing.open(still());
        const found: Frame[] = [];
        let at = 0;
        for (const size of [...sizes, twice.length]) {
          found.push(...decode(twice.slice(at, at + size)));
          at += size;
        }
        assert.deepEqual(shown(found), ["7 0300000001", "7 0300000001"]);
      }),
    );
  });

  test(`${name}: an answer is framed as its request was`, () => {
    const [request] = framing.open(still())(bytes(frame));
    assert.ok(request);
    assert.ok(hex(request.answer(bytes("03021234"))).startsWith(answer));
  });
}

test("crc: the specification's example", () => {
  assert.deepEqual(crcOf(bytes("0207")), [0x41, 0x12]);
});

test("rtu: noise before a frame is skipped, a wrong check is not answered", () => {
  assert.deepEqual(shown(rtuFraming.open(still())(bytes(`ff00 ${RTU_FRAME}`))), ["7 0300000001"]);
  assert.deepEqual(rtuFraming.open(still())(bytes("07 0300000001 846d")), []);
});

test("rtu: half a frame is forgotten after a silence", async () => {
  const clock = new VirtualClock();
  const decode = rtuFraming.open(clock);
  assert.deepEqual(decode(bytes("07 0300")), []);
  await clock.advance(200);
  assert.deepEqual(shown(decode(bytes(RTU_FRAME))), ["7 0300000001"]);
});

test("rtu: a function that nobody knows is a frame when it comes whole", () => {
  const [low, high] = crcOf(bytes("072b0e0100"));
  const frame = Uint8Array.of(...bytes("072b0e0100"), low, high);
  assert.deepEqual(shown(rtuFraming.open(still())(frame)), ["7 2b0e0100"]);
});

test("rtu: any bytes leave a decoder that holds less than a frame and finds the next", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (pieces) => {
      const clock = new VirtualClock();
      const decode = rtuFraming.open(clock);
      for (const piece of pieces) decode(piece);
      await clock.advance(200);
      assert.deepEqual(shown(decode(bytes(RTU_FRAME))), ["7 0300000001"]);
    }),
  );
});

test("tcp: what is no Modbus TCP ends the connection", () => {
  assert.throws(() => tcpFraming.open(still())(bytes("0102 0001 0006 07 03")), /protocol is 1/);
  assert.throws(() => tcpFraming.open(still())(bytes("0102 0000 0001 07")), /length is 1/);
});
