import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BlockLimits, BlockRequest, WantedBlock } from "./block-plan.ts";
import { planBlocks } from "./plan-blocks.ts";

const LIMITS: BlockLimits = {
  maxBlock: { coil: 2000, discreteInput: 2000, inputRegister: 125, holdingRegister: 125 },
};

function at(start: number, length = 1, more: Partial<WantedBlock> = {}): WantedBlock {
  const property = `p${start}`;
  return { property, unit: 1, space: "holdingRegister", start, length, ...more };
}
const spans = (requests: readonly BlockRequest[]) => requests.map((r) => [r.start, r.length]);

const cases: { title: string; wanted: WantedBlock[]; limits?: object; spans: number[][] }[] = [
  { title: "nothing", wanted: [], spans: [] },
  { title: "neighbours, in any order", wanted: [at(2), at(0, 2), at(3)], spans: [[0, 4]] },
  {
    title: "no gap unless allowed",
    wanted: [at(0), at(2)],
    spans: [
      [0, 1],
      [2, 1],
    ],
  },
  {
    title: "a gap as wide as allowed",
    wanted: [at(0), at(9)],
    limits: { maxGap: 8 },
    spans: [[0, 10]],
  },
  {
    title: "a wider gap",
    wanted: [at(0), at(10)],
    limits: { maxGap: 8 },
    spans: [
      [0, 1],
      [10, 1],
    ],
  },
  {
    title: "a forbidden address between",
    wanted: [at(0), at(3)],
    limits: { maxGap: 8, neverRead: [[2, 2]] },
    spans: [
      [0, 1],
      [3, 1],
    ],
  },
  {
    title: "an address forbidden in another space",
    wanted: [at(0), at(3)],
    limits: { maxGap: 8, neverRead: { coil: [[2, 2]] } },
    spans: [[0, 4]],
  },
  {
    title: "130 registers",
    wanted: registers(130),
    spans: [
      [0, 5],
      [5, 125],
    ],
  },
  {
    title: "the same register for many bits",
    wanted: [0, 1, 2].map((bit) => at(7, 1, { property: `b${bit}`, bit })),
    spans: [[7, 1]],
  },
  {
    title: "one request per item",
    wanted: [at(0), at(1, 2)],
    limits: { oneRequestPerItem: true },
    spans: [
      [0, 1],
      [1, 2],
    ],
  },
  {
    title: "a split text and its neighbour",
    wanted: [at(0, 5), at(5, 245, { mayBeSplit: true })],
    spans: [
      [0, 125],
      [125, 125],
    ],
  },
  {
    title: "units and spaces apart",
    wanted: [
      at(0),
      at(1, 1, { property: "u2", unit: 2 }),
      at(2, 1, { space: "inputRegister" }),
      at(1),
    ],
    spans: [
      [0, 2],
      [2, 1],
      [1, 1],
    ],
  },
];
for (const { title, wanted, limits, spans: expected } of cases) {
  test(title, () => {
    const { requests, faults } = planBlocks(wanted, { ...LIMITS, ...limits });
    assert.deepEqual(faults, []);
    assert.deepEqual(spans(requests), expected);
    const read = new Set(requests.flatMap(({ properties }) => properties));
    assert.deepEqual([...read].sort(), wanted.map(({ property }) => property).sort());
  });
}

const refused: { item: WantedBlock; reason: string; field: string; says: RegExp }[] = [
  { item: at(200, 126), reason: "TooLong", field: "address", says: /126 addresses, must be 125/ },
  { item: at(5, 3), reason: "NeverRead", field: "address", says: /5 to 7, but 7 to 9/ },
  { item: at(-1), reason: "InvalidAddress", field: "address", says: /is -1, must be 0 or more/ },
  { item: at(0.5), reason: "InvalidAddress", field: "address", says: /is 0.5/ },
  { item: at(0, 0), reason: "InvalidLength", field: "address", says: /has 0 addresses/ },
  {
    item: at(0, 65_537, { mayBeSplit: true }),
    reason: "InvalidLength",
    field: "address",
    says: /65536/,
  },
  {
    item: at(0, 1, { space: "toString" }),
    ...{ reason: "UnknownSpace", field: "space", says: /is "toString", must be one of coil,/ },
  },
  {
    item: at(100, 1, { property: "p20" }),
    ...{ reason: "DuplicateProperty", field: "address", says: /twice/ },
  },
];
for (const { item, reason, field, says } of refused) {
  test(`${reason} of ${item.start}+${item.length} is told, and the others are planned`, () => {
    const plan = planBlocks([item, at(20)], { ...LIMITS, neverRead: [[7, 9]] });
    assert.deepEqual(spans(plan.requests), [[20, 1]]);
    const [fault, ...more] = plan.faults;
    assert.deepEqual(more, []);
    assert.equal(fault?.reason, reason);
    assert.equal(fault?.property, item.property);
    assert.equal(fault?.field, `spec.properties[${item.property}].visitors.configData.${field}`);
    assert.match(fault?.message ?? "", says);
  });
}

for (const limits of [
  { maxBlock: { coil: 0 } },
  { maxBlock: {}, maxGap: -1 },
  { maxBlock: { a: 1.5 } },
]) {
  test(`limits ${JSON.stringify(limits)} are the author's mistake`, () => {
    assert.throws(() => planBlocks([], limits), /limits\.max(Block\.\w+|Gap) is /);
  });
}

test("a contiguous map never has a request beyond the limit, and none too many", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 125 }),
      (count, max) => {
        const plan = planBlocks(registers(count), { maxBlock: { holdingRegister: max } });
        assert.equal(plan.requests.length, Math.ceil(count / max));
        assert.ok(plan.requests.every(({ length }) => length <= max));
      },
    ),
    { numRuns: 20 },
  );
});

function registers(count: number): WantedBlock[] {
  return Array.from({ length: count }, (_, start) => at(start));
}
