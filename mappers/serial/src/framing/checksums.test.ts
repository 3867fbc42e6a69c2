import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChecksumName, checkBytes, checksumNames, checksums } from "./checksums.ts";

/** What each gives for the text that catalogues check with. */
const CHECKS: Readonly<Record<ChecksumName, number>> = {
  sum8: 0xdd,
  sum16: 0x01dd,
  lrc: 0x23,
  xor8: 0x31,
  crc8: 0xf4,
  "crc8-maxim": 0xa1,
  "crc16-modbus": 0x4b37,
  "crc16-ccitt": 0x29b1,
  "crc16-xmodem": 0x31c3,
  "crc16-kermit": 0x2189,
  crc32: 0xcbf4_3926,
};
for (const name of checksumNames) {
  test(`${name} of 123456789 is ${CHECKS[name].toString(16)}`, () => {
    assert.equal(checksums[name].of(Buffer.from("123456789")), CHECKS[name]);
  });
}

test("a check is sent in its usual order, or in the one that is asked for", () => {
  const bytes = Buffer.from("123456789");
  assert.deepEqual([...checkBytes("crc16-modbus", bytes, undefined)], [0x37, 0x4b]);
  assert.deepEqual([...checkBytes("crc16-modbus", bytes, "big")], [0x4b, 0x37]);
  assert.deepEqual([...checkBytes("crc16-ccitt", bytes, undefined)], [0x29, 0xb1]);
});
