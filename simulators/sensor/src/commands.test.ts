import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { obey, type SensorControls } from "./commands.ts";

function newSensor(over: Partial<SensorControls> = {}) {
  return {
    id: "sensor",
    temperatureCel: 21.374,
    humidityPercent: 45.16,
    intervalMs: 1000,
    measureEvery(intervalMs: number) {
      this.intervalMs = intervalMs;
    },
    ...over,
  };
}

const cases: { line: string; reply: string | RegExp }[] = [
  { line: "TEMPERATURE?", reply: "21.37" },
  { line: "HUMIDITY?", reply: "45.2" },
  { line: "INTERVAL?", reply: "1000" },
  { line: "ID?", reply: "sensor" },
  { line: "INTERVAL 10", reply: "OK" },
  { line: "INTERVAL 3600000", reply: "OK" },
  { line: "INTERVAL 9", reply: /^ERR interval must be a whole number of 10 to 3600000 ms$/ },
  { line: "INTERVAL 3600001", reply: /^ERR interval/ },
  { line: "INTERVAL -5", reply: /^ERR interval/ },
  { line: "INTERVAL 1e3", reply: /^ERR interval/ },
  { line: "TEMPERATURE", reply: /^ERR unknown command, expected one of TEMPERATURE\?/ },
  { line: "", reply: /^ERR unknown command/ },
];
for (const { line, reply } of cases) {
  test(`${JSON.stringify(line)} is answered ${reply}`, () => {
    const said = obey(newSensor(), line);
    if (typeof reply === "string") assert.equal(said, reply);
    else assert.match(said, reply);
  });
}

test("a frost is told without a minus before zero", () => {
  assert.equal(obey(newSensor({ temperatureCel: -0.001 }), "TEMPERATURE?"), "0.00");
  assert.equal(obey(newSensor({ temperatureCel: -12.3 }), "TEMPERATURE?"), "-12.30");
});

test("any line has one printable reply of one line", () => {
  const sensor = newSensor();
  const line = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.integer().map((number) => `INTERVAL ${number}`),
    fc.constantFrom("ID?", "constructor", "__proto__"),
  );
  fc.assert(
    fc.property(line, (line) => {
      assert.match(obey(sensor, line), /^[ -~]+$/);
    }),
  );
});
