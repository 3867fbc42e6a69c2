import assert from "node:assert/strict";
import { test } from "node:test";
import { dataOf, isAnswerTo, refuseException } from "./answers.ts";
import {
  maskRequest,
  readRequest,
  readWriteRequest,
  writeCoilRequest,
  writeCoilsRequest,
  writeRegisterRequest,
  writeRegistersRequest,
} from "./requests.ts";

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

/** The examples of the Modbus Application Protocol 1.1b3, section 6. */
const cases: [title: string, request: Uint8Array, hex: string, answer: string][] = [
  ["coils", readRequest("coil", 19, 19), "0100130013", "0103cd6b05"],
  ["discrete inputs", readRequest("discreteInput", 196, 22), "0200c40016", "0203acdb35"],
  ["holding registers", readRequest("holdingRegister", 107, 3), "03006b0003", "0306022b00000064"],
  ["input registers", readRequest("inputRegister", 8, 1), "0400080001", "0402000a"],
  ["one coil", writeCoilRequest(172, true), "0500acff00", "0500acff00"],
  ["one register", writeRegisterRequest(1, bytes("0003")), "0600010003", "0600010003"],
  ["many coils", writeCoilsRequest(19, 10, bytes("cd01")), "0f0013000a02cd01", "0f0013000a"],
  [
    ...["many registers", writeRegistersRequest(1, bytes("000a0102"))],
    ...["100001000204000a0102", "1000010002"],
  ] as [string, Uint8Array, string, string],
  ["a mask", maskRequest(4, 0xf2, 0x25), "16000400f20025", "16000400f20025"],
  [
    "writing and reading",
    readWriteRequest(3, bytes("00ff")),
    "17000300010003000102" + "00ff",
    "170200ff",
  ],
];
for (const [title, request, hex, answer] of cases) {
  test(`${title}: ${hex} is answered by ${answer} and by nothing else`, () => {
    assert.equal(Buffer.from(request).toString("hex"), hex);
    assert.ok(isAnswerTo(request, bytes(answer)));
    const [code = 0] = request;
    assert.ok(isAnswerTo(request, Uint8Array.of(code | 0x80, 2)));
    assert.ok(!isAnswerTo(request, bytes(`${answer}00`)));
    assert.ok(!isAnswerTo(request, bytes(answer.slice(0, -2))));
    for (const [, other] of cases.filter(([, one]) => one[0] !== code)) {
      const otherCode = other[0] ?? 0;
      assert.ok(!isAnswerTo(request, Uint8Array.of(otherCode | 0x80, 2)));
    }
  });
}

const exceptions: [code: number, error: string, reason: string][] = [
  [1, "unsupported", "illegalAddress"],
  [2, "rejected", "illegalAddress"],
  [3, "rejected", "illegalValue"],
  [4, "rejected", "outOfService"],
  [5, "conflict", "deviceBusy"],
  [6, "conflict", "deviceBusy"],
  [7, "rejected", "outOfService"],
  [8, "rejected", "sensorFault"],
  [10, "timed_out", "notConnected"],
  [11, "timed_out", "timeout"],
  [99, "rejected", "protocolError"],
];
for (const [exception, code, reason] of exceptions) {
  test(`exception ${exception} is ${code} and ${reason}`, () => {
    const answer = Uint8Array.of(0x83, exception);
    const details = { exception, reason };
    assert.throws(() => dataOf(answer, "reading"), { code, details });
    assert.throws(() => refuseException(answer, "reading"), /reading: exception/);
  });
}
