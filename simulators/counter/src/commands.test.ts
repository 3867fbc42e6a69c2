import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { obey } from "./commands.ts";
import { CountRegister } from "./count-register.ts";

const newCounter = (clock = new VirtualClock()) =>
  new CountRegister(clock, { on: false, periodMs: 1000, value: 0 });

const cases: { lines: string[]; replies: (string | RegExp)[] }[] = [
  { lines: ["VALUE?", "STATE?", "PERIOD?"], replies: ["0", "OFF", "1000"] },
  { lines: ["ON", "STATE?"], replies: ["OK", "ON"] },
  { lines: ["ON", "OFF", "STATE?"], replies: ["OK", "OK", "OFF"] },
  { lines: ["PERIOD 500", "PERIOD?"], replies: ["OK", "500"] },
  { lines: ["PERIOD 86400000", "PERIOD?"], replies: ["OK", "86400000"] },
  { lines: ["RESET", "VALUE?"], replies: ["OK", "0"] },
  ...[
    "PERIOD 0",
    "PERIOD -1",
    "PERIOD 1.5",
    "PERIOD 86400001",
    "PERIOD x",
    "PERIOD ",
    "PERIOD 1 2",
  ].map((line) => ({
    lines: [line, "PERIOD?"],
    replies: [/^ERR period must be a whole number of 1 to 86400000 ms$/, "1000"],
  })),
  ...["", "on", "ON ", " ON", "VALUE", "PERIOD", "STATE", "ON\u0000", "HELP"].map((line) => ({
    lines: [line, "STATE?"],
    replies: [/^ERR unknown command, expected one of ON, OFF, RESET, VALUE\?/, "OFF"],
  })),
];
for (const { lines, replies } of cases) {
  test(`${JSON.stringify(lines)} is answered ${replies.join(", ")}`, () => {
    const counter = newCounter();
    lines.forEach((line, index) => {
      const reply = obey(counter, line);
      const expected = replies[index] ?? "";
      if (typeof expected === "string") assert.equal(reply, expected);
      else assert.match(reply, expected);
    });
  });
}

test("any line has one printable reply of one line", () => {
  const counter = newCounter();
  const line = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.integer().map((number) => `PERIOD ${number}`),
    fc.constantFrom("ON", "OFF", "RESET", "VALUE?", "constructor", "__proto__"),
  );
  fc.assert(
    fc.property(line, (line) => {
      assert.match(obey(counter, line), /^[ -~]+$/);
    }),
  );
});
