import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hexBytes, unescaped } from "./escapes.ts";
import { Pattern } from "./pattern.ts";
import { serialConfig } from "./serial-config.ts";
import { serialVisitor } from "./serial-visitor.ts";
import { TextTemplate } from "./text-template.ts";

const filled: readonly (readonly [
  template: string,
  value: string | number | bigint | boolean,
  text: string,
])[] = [
  ["VOLT {value}", 12.5, "VOLT 12.5"],
  ["VOLT {value:.3f}", 12.5, "VOLT 12.500"],
  ["S{value:04d}", -7, "S-007"],
  ["S{value:4d}", 7, "S   7"],
  ["#{address:02d}{value:02X}", 171n, "#07AB"],
  ["{{{value}}}\\t\\x41", 1, "{1}\tA"],
  ["{value:08.2f}", -9.876, "-0009.88"],
];
for (const [template, value, text] of filled) {
  test(`${template} with ${value} is ${JSON.stringify(text)}`, () => {
    assert.equal(new TextTemplate(template).fill({ address: "7", value }), text);
  });
}

for (const template of ["{valve}", "{value", "value}", "{value:5q}", "a\\q"]) {
  test(`${template} is refused as a template`, () => {
    assert.throws(() => new TextTemplate(template), { code: "invalid_input" });
  });
}

test("a number's form refuses what is no number, rather than send it", () => {
  assert.throws(
    () => new TextTemplate("{value:.2f}").fill({ address: "", value: "ON" }),
    /needs a number/,
  );
  assert.throws(
    () => new TextTemplate("{value:d}").fill({ address: "", value: 1.5 }),
    /whole number/,
  );
});

test("arbitrary templates, escapes and hex never throw anything but what is theirs", () => {
  fc.assert(
    fc.property(fc.string(), fc.double(), (text, value) => {
      for (const make of [
        () => new TextTemplate(text).fill({ address: "1", value }),
        () => unescaped(text),
        () => hexBytes(text),
        () => new Pattern(text).find("AA 55"),
      ]) {
        try {
          make();
        } catch (error) {
          assert.equal((error as { code?: string }).code, "invalid_input");
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("a pattern that would hold other engines up for ever takes no time", () => {
  assert.equal(new Pattern("^(a+)+$").find(`${"a".repeat(4000)}b`), undefined);
});

const badConfigs: readonly (readonly [config: object, said: RegExp])[] = [
  [{}, /serialPort.*is missing, must name the port/],
  [{ serialPort: "nowhere" }, /serialPort.*usb:VID:PID/],
  [{ serialPort: "/dev/a", baudRate: 7 }, /baudRate.*50 to 4000000/],
  [{ serialPort: "/dev/a", parity: "some" }, /parity.*none, even or odd/],
  [{ serialPort: "/dev/a", dataBits: 9 }, /dataBits.*5, 6, 7, 8/],
  [{ serialPort: "/dev/a", refusal: "(" }, /refusal.*no regular expression of RE2/],
  [{ serialPort: "/dev/a", acknowledge: "(?=a)" }, /acknowledge.*RE2/],
  [{ serialPort: "/dev/a", terminator: "\\q" }, /terminator.*expected \\r/],
  [{ serialPort: "/dev/a", confirm: "ERR?" }, /acknowledge.*is missing/],
  [{ serialPort: "/dev/a", framing: "frame" }, /frameLength.*lengthAt, or frameEnd/],
  [{ serialPort: "/dev/a", framing: "frame", frameLength: 4, lengthAt: 1 }, /only one of them/],
  [{ serialPort: "/dev/a", framing: "frame", frameLength: 4, header: "A" }, /header.*hex bytes/],
  [
    { serialPort: "/dev/a", framing: "frame", frameLength: 4, checksum: "md5" },
    /checksum.*crc16-modbus/,
  ],
  [
    { serialPort: "/dev/a", framing: "frame", frameLength: 4, addressAt: 1, address: "x" },
    /address.*0 to 255/,
  ],
];
for (const [config, said] of badConfigs) {
  test(`configData ${JSON.stringify(config)} is refused by name`, () => {
    const { error } = serialConfig.safeParse(config);
    const text = error?.issues
      .map(({ path, message }) => `${path.join(".")} ${message}`)
      .join("; ");
    assert.match(text ?? "", said);
  });
}

const frame = { framing: "frame", frameLength: 8 };
const badVisitors: readonly (readonly [visitor: object, said: RegExp])[] = [
  [{}, /query.*is missing/],
  [{ query: "{voltage}" }, /query.*\{value\} or \{address\}/],
  [{ query: "V?", command: "V {value:q}" }, /command.*\.3f/],
  [{ ...frame, query: "AA 5", at: 1, dataType: "uint8" }, /query.*hex/],
  [{ ...frame, query: "AA", dataType: "uint8" }, /at.*is missing/],
  [{ ...frame, query: "AA", at: 1 }, /dataType.*is missing/],
  [{ ...frame, query: "AA", at: 1, dataType: "string" }, /byteLength.*is missing/],
  [{ ...frame, query: "{address}", at: 1, dataType: "int8" }, /address.*0 to 255/],
  [{ ...frame, query: "AA", at: 1, dataType: "boolean", bit: 9 }, /bit.*less than 8/],
];
for (const [visitor, said] of badVisitors) {
  test(`visitor ${JSON.stringify(visitor)} is refused by name`, () => {
    const { error } = serialVisitor.safeParse(visitor);
    const text = error?.issues
      .map(({ path, message }) => `${path.join(".")} ${message}`)
      .join("; ");
    assert.match(text ?? "", said);
  });
}
