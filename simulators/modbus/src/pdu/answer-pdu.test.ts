import assert from "node:assert/strict";
import { test } from "node:test";
import { coil, defineModel, discreteInput, holding, input } from "@mapperkit/api";
import { simPropertiesOf } from "@mapperkit/sim-plant";
import fc from "fast-check";
import { RegisterMap } from "../registers/register-map.ts";
import { PanelOf } from "../testing/panel-of.ts";
import { answerPdu } from "./answer-pdu.ts";
import type { DeviceQuirks } from "./device-quirks.ts";

const model = defineModel("bank", {
  words: holding(0, "uint16", { arrayLength: 200 }),
  limited: holding(300, "uint16", { maximum: 10 }),
  bits: { ...coil(0), arrayLength: 2100 },
  inputs: { ...discreteInput(0), arrayLength: 16 },
  level: input(4, "float32", { byteOrder: "CDAB" }),
});

function serve(quirks: DeviceQuirks = {}) {
  const panel = new PanelOf({
    words: Array.from({ length: 200 }, (_, i) => i),
    limited: 1,
    bits: Array.from({ length: 2100 }, (_, i) => i % 3 === 0),
    inputs: Array.from({ length: 16 }, (_, i) => i === 0 || i === 9),
    level: 1.5,
  });
  const map = new RegisterMap(simPropertiesOf(model), quirks);
  return { panel, ask: (hex: string) => answerHex(hex, map, panel, quirks) };
}

function answerHex(hex: string, map: RegisterMap, panel: PanelOf, quirks: DeviceQuirks): string {
  const request = Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
  return Buffer.from(answerPdu(request, map.behind(panel), quirks)).toString("hex");
}

const cases: [title: string, request: string, answer: string, quirks?: DeviceQuirks][] = [
  ["coils", "01 0000 000a", "01024902"],
  ["discrete inputs", "02 0000 0010", "02020102"],
  ["holding registers", "03 0001 0002", "030400010002"],
  ["input registers with words swapped", "04 0004 0002", "040400003fc0"],
  ["the second half of a value", "04 0005 0001", "04023fc0"],
  ["a coil is written", "05 0001 ff00", "050001ff00"],
  ["a coil is neither on nor off", "05 0001 0001", "8503"],
  ["a register is written", "06 0001 00ff", "06000100ff"],
  ["coils are written", "0f 0000 000a 02 0103", "0f0000000a"],
  ["registers are written", "10 0001 0002 04 000a 0102", "1000010002"],
  ["a mask is written", "16 0012 00f2 0025", "16001200f20025"],
  ["read and write at once", "17 0000 0002 0001 0001 02 1234", "170400001234"],
  ["unknown function", "2b 0e 01 00", "ab01"],
  ["function that this device lacks", "16 0004 00f2 0025", "9601", { functions: [3, 6] }],
  ["no coils", "01 0000 0000", "8103"],
  ["2000 coils are allowed", "01 0000 07d1", "8103"],
  ["126 registers", "03 0000 007e", "8303"],
  ["125 registers, some unknown", "03 00f0 007d", "8302"],
  ["124 registers to write", `10 0000 007c f8 ${"00".repeat(248)}`, "9003"],
  ["byte count that does not fit", "10 0001 0002 03 000a01", "9003"],
  ["122 registers to write while reading", `17 0000 0001 0000 007a f4 ${"00".repeat(244)}`, "9703"],
  ["1969 coils to write", `0f 0000 07b1 f7 ${"00".repeat(247)}`, "8f03"],
  ["beyond the last address", "03 ffff 0002", "8302"],
  ["a register that is not there", "03 00c8 0001", "8302"],
  ["a register that is zero there", "03 00c8 0001", "03020000", { gaps: "zero" }],
  ["more than this device bears", "03 0000 0011", "8303", { maxReadRegisters: 16 }],
  ["what must not be read", "03 0000 0003", "8302", { neverRead: [[2, 2]] }],
  ["half a value of a strict device", "04 0004 0001", "8402", { wholeValuesOnly: true }],
  ["a value that the device refuses", "06 012c 000b", "8603"],
  ["a request cut short", "03 00", "8303"],
  ["nothing at all", "", "8001"],
];
for (const [title, request, answer, quirks] of cases) {
  test(`${title}: ${request.slice(0, 32)} is answered ${answer}`, () => {
    assert.equal(serve(quirks).ask(request), answer);
  });
}

test("a mask changes the bits that it means (the specification's example)", () => {
  const { panel, ask } = serve();
  (panel.values.words as number[])[4] = 0x12;
  ask("16 0004 00f2 0025");
  assert.equal((panel.values.words as number[])[4], 0x17);
});

test("any bytes are answered, with their function code, in no more than 253 bytes", () => {
  const { panel } = serve();
  const map = new RegisterMap(simPropertiesOf(model));
  const code = fc.constantFrom(1, 2, 3, 4, 5, 6, 15, 16, 22, 23);
  const request = fc
    .tuple(fc.oneof(code, fc.nat(255)), fc.uint8Array({ maxLength: 260 }))
    .map(([first, rest]) => Uint8Array.of(first, ...rest));
  fc.assert(
    fc.property(request, (bytes) => {
      const answer = answerPdu(bytes, map.behind(panel), {});
      assert.equal((answer[0] ?? 0) & 0x7f, (bytes[0] ?? 0) & 0x7f);
      assert.ok(answer.length >= 2 && answer.length <= 253);
    }),
  );
});
