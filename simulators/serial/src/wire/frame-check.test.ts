import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckName, checkNames, checkOf } from "./frame-check.ts";

/** From manuals and catalogues: 123456789 as it goes over the wire. */
const SENT: Readonly<Record<CheckName, string>> = {
  sum8: "dd",
  sum16: "01dd",
  lrc: "23",
  xor8: "31",
  crc8: "f4",
  "crc8-maxim": "a1",
  "crc16-modbus": "374b",
  "crc16-ccitt": "29b1",
  "crc16-xmodem": "31c3",
  "crc16-kermit": "8921",
  crc32: "2639f4cb",
};
for (const name of checkNames) {
  test(`${name} of 123456789 is sent as ${SENT[name]}`, () => {
    assert.equal(checkOf(name, Buffer.from("123456789"), undefined).toString("hex"), SENT[name]);
  });
}
