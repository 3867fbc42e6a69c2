import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPropertyFacts } from "./property-facts.ts";
import { parseStructFields } from "./struct-fields.ts";

test("shared keys are facts, the protocol's own keys are left to it", () => {
  const read = readPropertyFacts(
    "level",
    { dataType: "int16", scale: "0.1", everySample: "true", space: "coil", address: 7 },
    ["space", "address"],
  );
  assert.deepEqual(read.facts, { dataType: "int16", scale: 0.1, everySample: true });
  assert.deepEqual(read.rest, { space: "coil", address: 7 });
  assert.deepEqual(read.faults, []);
});

test("a key that the protocol calls its own is not a fact", () => {
  const read = readPropertyFacts("level", { offset: "far", bit: 3 }, ["offset"]);
  assert.deepEqual(read, { facts: { bit: 3 }, rest: { offset: "far" }, faults: [] });
});

const wrong: { key: string; value: unknown; says: RegExp }[] = [
  { key: "dataType", value: "int17", says: /is "int17", must be one of boolean, int8/ },
  { key: "byteOrder", value: "ACBD", says: /is "ACBD", must be one of ABCD/ },
  { key: "bit", value: 1.5, says: /is 1.5, must be a whole number/ },
  { key: "arrayLength", value: 0, says: /is 0, must be 1 or more/ },
  { key: "scale", value: 0, says: /is 0, must not be 0/ },
  { key: "scale", value: "much", says: /is "much", must be a number/ },
  { key: "scale", value: null, says: /is null, must be a number/ },
  { key: "deadband", value: -1, says: /is -1, must be 0 or more/ },
  { key: "deadbandPercent", value: 101, says: /is 101, must be 100 or less/ },
  { key: "verify", value: "maybe", says: /is "maybe", must be one of none, ack, readback/ },
  { key: "verifyWithinMs", value: 0, says: /is 0, must be more than 0/ },
  { key: "everySample", value: "yes", says: /is "yes", must be true or false/ },
  { key: "fields", value: "a@b", says: /is "a@b", must be a list/ },
  { key: "skale", value: 0.1, says: /is 0.1, but is no key of this protocol; known: .*scale/ },
  { key: "__proto__", value: 1, says: /is 1, but is no key/ },
];
for (const { key, value, says } of wrong) {
  test(`configData ${key} ${JSON.stringify(value)} is refused by name`, () => {
    const configData = Object.fromEntries([
      ["address", 1],
      ["precision", 2],
      [key, value],
    ]);
    const { facts, rest, faults } = readPropertyFacts("level", configData, ["address"]);
    assert.equal(faults.length, 1);
    assert.equal(faults[0]?.field, `spec.properties[level].visitors.configData.${key}`);
    assert.equal(faults[0]?.property, "level");
    assert.equal(faults[0]?.reason, "InvalidVisitor");
    assert.match(faults[0]?.message ?? "", says);
    assert.deepEqual({ facts, rest }, { facts: { precision: 2 }, rest: { address: 1 } });
  });
}

test("arbitrary configData is read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (configData, any) => {
      const keys = ["dataType", "scale", "bit", "fields", "verify", "invalid"];
      for (const key of keys) readPropertyFacts("p", { ...configData, [key]: any }, []);
      assert.deepEqual(readPropertyFacts("p", configData).faults.length >= 0, true);
    }),
  );
});

for (const text of [
  "",
  "a",
  "a:int16",
  "a:int17@0",
  "a:string@0",
  "a:int8@0,a:int8@1",
  ":int8@0",
]) {
  test(`"${text}" is no struct`, () => assert.equal(parseStructFields(text), undefined));
}
