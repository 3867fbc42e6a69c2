import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnswerFrame } from "./answer-frame.ts";
import { RtuFrames, rtuFrame } from "./rtu-frames.ts";
import { TcpFrames, tcpFrame } from "./tcp-frames.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const shown = (frames: readonly AnswerFrame[]) =>
  frames.map(({ transaction = "", unit, pdu }) => `${transaction}/${unit} ${hex(pdu)}`);

test("requests are framed as the specification's examples", () => {
  assert.equal(hex(tcpFrame(5, 9, bytes("0300040001"))), "000500000006090300040001");
  assert.equal(hex(rtuFrame(2, bytes("07"))), "02074112");
});

const answers = [
  "0302aabb",
  "83 02",
  "01 01 05",
  "05 0001 ff00",
  "10 0001 0002",
  "16 0004 00f2 0025",
];
const wires = {
  tcp: { frames: () => new TcpFrames(), frame: (pdu: Uint8Array) => tcpFrame(7, 3, pdu), id: "7" },
  rtu: { frames: () => new RtuFrames(), frame: (pdu: Uint8Array) => rtuFrame(3, pdu), id: "" },
};
for (const [name, { frames, frame, id }] of Object.entries(wires)) {
  test(`${name}: however the bytes are cut, the same answers come out`, () => {
    const stream = Buffer.concat(answers.map((pdu) => frame(bytes(pdu))));
    const expected = answers.map((pdu) => `${id}/3 ${pdu.replaceAll(" ", "")}`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (sizes) => {
        const decoder = frames();
        const found: AnswerFrame[] = [];
        let at = 0;
        for (const size of [...sizes, stream.length]) {
          found.push(...decoder.push(Uint8Array.from(stream.subarray(at, at + size))));
          at += size;
        }
        assert.deepEqual(shown(found), expected);
      }),
    );
  });
}

test("rtu: an answer is found behind any noise that does not begin one itself", () => {
  const frame = rtuFrame(3, bytes("0302aabb"));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
      const found = new RtuFrames().push(Uint8Array.of(...noise, ...frame));
      assert.ok(shown(found).includes("/3 0302aabb"));
    }),
  );
});

test("rtu: a wrong check is no answer", () => {
  const frame = rtuFrame(3, bytes("0302aabb"));
  for (const at of frame.keys()) {
    const spoilt = frame.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
    assert.deepEqual(shown(new RtuFrames().push(spoilt)), []);
  }
});

test("rtu: any bytes are read, and no more than a frame of them is kept", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
      const frames = new RtuFrames();
      for (const piece of pieces) frames.push(piece);
      frames.reset();
      assert.deepEqual(shown(frames.push(rtuFrame(1, bytes("8302")))), ["/1 8302"]);
    }),
  );
});

test("tcp: what is no Modbus TCP ends the session", () => {
  const isLost = { code: "unreachable" };
  assert.throws(() => new TcpFrames().push(bytes("4854 5450 2f31")), isLost);
  assert.throws(() => new TcpFrames().push(bytes("0001 0000 0001 01")), isLost);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (piece) => {
      try {
        new TcpFrames().push(piece);
      } catch (error) {
        assert.equal((error as { code?: string }).code, "unreachable");
      }
    }),
  );
});
