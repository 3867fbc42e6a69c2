import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { announceLamp } from "../fixtures/line-mapper.ts";
import { planDevice } from "./device-plan.ts";

const mapper = {
  protocol: "line",
  config: z.object({ host: z.string().default("device"), port: z.number() }),
  visitor: z.object({ query: z.string() }),
  connect: async () => undefined,
  read: async () => undefined,
};
const visitors = { configData: { query: "P?" } };

test("a device's own configData wins over the mapper's config", () => {
  const announcement = announceLamp({ configData: { port: 2 } });
  const { config } = planDevice(mapper, { host: "other", port: 1 }, announcement, "edge");
  assert.deepEqual(config, { host: "other", port: 2 });
});

test("each bad field is named, of the device and of a property", () => {
  const configData = { host: 5, port: "x" };
  const properties = [{ name: "power", visitors: { configData: { query: 7 } } }];
  const plan = planDevice(mapper, {}, announceLamp({ configData, properties }), "edge");
  assert.match(plan.fault?.message ?? "", /configData\.host: .*string.*; .*configData\.port: /);
  const fault = plan.properties[0]?.fault;
  assert.match(fault?.message ?? "", /spec\.properties\[power\]\.visitors\.configData\.query/);
});

test("a bad verify is a fault of the property alone", () => {
  const configData = { query: "P?", verify: "maybe" };
  const properties = [{ name: "power", visitors: { configData } }];
  const plan = planDevice(mapper, { port: 1 }, announceLamp({ properties }), "edge");
  assert.equal(plan.fault, undefined);
  assert.equal(plan.properties[0]?.fault?.reason, "InvalidVisitor");
});

test("an unknown model is a fault that names it", () => {
  const { model: _, ...announcement } = announceLamp();
  const { fault } = planDevice(mapper, { port: 1 }, announcement, "edge");
  assert.equal(fault?.reason, "UnknownModel");
  assert.match(fault?.message ?? "", /"lamp-model"/);
});

test("cycles of 0 or none are a second; verify comes from the visitor, then the mapper", () => {
  const properties = [
    { name: "power", visitors, collectCycle: 0 },
    { name: "level", visitors, reportCycle: 200 },
    { name: "heat", visitors: { configData: { query: "H?", verify: "none" } } },
  ];
  const author = { ...mapper, verify: "readback" } as const;
  const plan = planDevice(author, { port: 1 }, announceLamp({ properties }), "edge");
  const facts = plan.properties.map((p) => [
    p.name,
    p.collectCycleMs,
    p.report.heartbeatMs,
    p.verify,
  ]);
  assert.deepEqual(facts, [
    ["power", 1000, 1000, "readback"],
    ["level", 1000, 200, "readback"],
    ["heat", 1000, 1000, "none"],
  ]);
});

test("a new desired value changes no signature; a new visitor does", () => {
  const signatureOf = (property: object) => {
    const announcement = announceLamp({ properties: [{ name: "power", ...property }] });
    return planDevice(mapper, { port: 1 }, announcement, "edge").properties[0]?.signature;
  };
  const base = signatureOf({ visitors });
  assert.equal(signatureOf({ visitors, desired: { value: "ON" } }), base);
  assert.notEqual(signatureOf({ visitors: { configData: { query: "Q?" } } }), base);
});

test("no configData makes the planner throw", () => {
  const anything = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(anything, anything, (configData, visitor) => {
      const properties = [{ name: "power", visitors: { configData: visitor } }];
      planDevice(mapper, {}, announceLamp({ configData, properties }), "edge");
    }),
  );
});

const mistakes = [
  { property: { collectCycle: -5 }, reason: "NegativeCycle", says: /collectCycle is -5/ },
  { configData: { qurey: "P?" }, reason: "InvalidVisitor", says: /qurey .*known: / },
  { configData: { deadband: "wide" }, reason: "InvalidVisitor", says: /deadband is "wide"/ },
  { bounds: { minimum: "9", maximum: "1" }, reason: "InvalidBound", says: /minimum is 9/ },
];
for (const { property, configData, bounds, reason, says } of mistakes) {
  test(`${reason} (${says.source}) stops one property alone`, () => {
    const level = {
      name: "level",
      type: "INT" as const,
      accessMode: "ReadWrite" as const,
      ...bounds,
    };
    const entry = { name: "level", visitors: { configData: { query: "L?", ...configData } } };
    const announcement = announceLamp({
      model: [level],
      properties: [{ ...entry, ...property }],
    });
    const plan = planDevice(mapper, { port: 1 }, announcement, "edge");
    assert.equal(plan.fault, undefined);
    assert.equal(plan.properties[0]?.fault?.reason, reason);
    assert.match(plan.properties[0]?.fault?.message ?? "", says);
  });
}

test("a key that the protocol does not know is a fault of the device that names it", () => {
  const announcement = announceLamp({ configData: { port: 1, prot: 2 } });
  const { fault } = planDevice(mapper, {}, announcement, "edge");
  assert.equal(fault?.reason, "InvalidConfig");
  assert.match(fault?.message ?? "", /spec\.protocol\.configData\.prot .*known: host, port/);
});
