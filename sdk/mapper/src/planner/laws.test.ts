import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AddressBits, createCodec, packBits, unpackBits } from "../codec/index.ts";
import type { BlockPlan } from "./block-plan.ts";
import {
  type BlockMap,
  bestByExhaustion,
  blockMap,
  isAllowed,
  planLikeMaxInsert,
} from "./fixtures/block-maps.ts";
import { gatherItem } from "./gather-item.ts";
import { planBlocks } from "./plan-blocks.ts";
import { diffPlans } from "./plan-diff.ts";
import { replanBlocks } from "./replan-blocks.ts";

/** Every item is in one request that holds it whole, or has a fault; nothing forbidden is asked. */
function assertSound(plan: BlockPlan, map: BlockMap): BlockMap {
  const faulty = new Set(plan.faults.map(({ property }) => property));
  const sound = { ...map, wanted: map.wanted.filter(({ property }) => !faulty.has(property)) };
  for (const item of map.wanted) {
    const homes = plan.requests.filter(({ properties }) => properties.includes(item.property));
    assert.equal(homes.length, faulty.has(item.property) ? 0 : 1);
  }
  for (const request of plan.requests) {
    const items = sound.wanted.filter(({ property }) => request.properties.includes(property));
    assert.equal(items.length, request.properties.length);
    assert.ok(isAllowed(request, items, sound), JSON.stringify(request));
  }
  return sound;
}

const sizeOf = ({ requests }: BlockPlan) => requests.reduce((sum, { length }) => sum + length, 0);

test("every item is read whole, once, and nothing that may not be read", () => {
  fc.assert(
    fc.property(blockMap({ maxItems: 40, maxAddress: 120 }), (map) => {
      assertSound(planBlocks(map.wanted, map.limits), map);
    }),
    { numRuns: 500 },
  );
});

test("small maps get the fewest requests there are, and of those the least addresses", () => {
  fc.assert(
    fc.property(blockMap({ maxItems: 6, maxAddress: 24 }), (map) => {
      const plan = planBlocks(map.wanted, map.limits);
      const sound = assertSound(plan, map);
      const best = bestByExhaustion(sound);
      assert.deepEqual([plan.requests.length, sizeOf(plan)], best);
    }),
    { numRuns: 1500 },
  );
});

test("never more requests than Telegraf's max_insert would make", () => {
  fc.assert(
    fc.property(blockMap({ maxItems: 60, maxAddress: 200, isDense: true }), (map) => {
      const plan = planBlocks(map.wanted, map.limits);
      const sound = assertSound(plan, map);
      const theirs = planLikeMaxInsert(sound);
      // With overlapping fields its length can come out too short to hold them all.
      if (!theirs.every((request) => isAllowed(request, request.items, sound))) return;
      assert.ok(plan.requests.length <= theirs.length);
    }),
    { numRuns: 500 },
  );
});

test("the order in which properties are listed changes nothing", () => {
  const shuffled = blockMap({ maxItems: 30, maxAddress: 90 }).chain((map) =>
    fc.record({
      map: fc.constant(map),
      order: fc.shuffledSubarray([...map.wanted], { minLength: map.wanted.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ map, order }) => {
      assert.deepEqual(planBlocks(order, map.limits), planBlocks(map.wanted, map.limits));
    }),
  );
});

test("a plan made anew for a change is sound, and has no request more than a fresh one", () => {
  const change = fc.record({
    map: blockMap({ maxItems: 40, maxAddress: 120 }),
    next: blockMap({ maxItems: 6, maxAddress: 120 }),
    gone: fc.nat(5),
  });
  fc.assert(
    fc.property(change, ({ map, next, gone }) => {
      const before = { wanted: map.wanted, plan: planBlocks(map.wanted, map.limits) };
      const wanted = [...next.wanted, ...map.wanted.slice(next.wanted.length + gone)];
      const plan = replanBlocks(before, wanted, map.limits);
      assertSound(plan, { ...map, wanted });
      const fresh = planBlocks(wanted, map.limits);
      assert.equal(plan.requests.length, fresh.requests.length);
      assert.deepEqual(plan.faults, fresh.faults);
      const same = replanBlocks({ wanted, plan }, wanted, map.limits);
      assert.ok(same.requests.every((request, i) => request === plan.requests[i]));
    }),
    { numRuns: 500 },
  );
});

test("a change of one property of a thousand changes only its own requests", () => {
  const wanted = Array.from({ length: 1000 }, (_, i) => {
    const start = i * 2 + Math.floor(i / 50) * 30;
    return { property: `p${i}`, unit: 1 + (i % 2), space: "r", start, length: 2 };
  });
  const limits = { maxBlock: { r: 120 }, maxGap: 4 };
  const before = { wanted, plan: planBlocks(wanted, limits) };
  const edit = fc.record({
    index: fc.nat(999),
    start: fc.nat(2600),
    length: fc.constantFrom(1, 2, 4),
  });
  fc.assert(
    fc.property(edit, ({ index, ...extent }) => {
      const next = wanted.map((item, i) => (i === index ? { ...item, ...extent } : item));
      const plan = replanBlocks(before, next, limits);
      const { removed, added, kept } = diffPlans(before.plan, plan);
      const touched = new Set([...removed, ...added].flatMap(({ properties }) => properties));
      assert.ok(touched.size === 0 || touched.has(`p${index}`));
      assert.ok(removed.length <= 4, `${removed.length} removed`);
      assert.ok(kept.every((request) => before.plan.requests.includes(request)));
    }),
    { numRuns: 60 },
  );
});

test("read together equals read one by one, also for what is split", () => {
  const maps = blockMap({ maxItems: 30, maxAddress: 90, isDense: true });
  const memory = fc.uint8Array({ minLength: 200, maxLength: 200 });
  fc.assert(
    fc.property(maps, memory, fc.constantFrom<AddressBits>(1, 8, 16), (map, device, bits) => {
      const read = (start: number, length: number) =>
        bits === 1
          ? packBits(unpackBits(device, start, length))
          : device.slice((start * bits) / 8, ((start + length) * bits) / 8);
      const wanted = map.wanted.map((item) => ({ ...item, mayBeSplit: true }));
      const { requests, faults } = planBlocks(wanted, map.limits);
      assert.deepEqual(faults, []);
      for (const item of wanted) {
        const blocks = requests
          .filter(({ properties }) => properties.includes(item.property))
          .map(({ start, length }) => ({ start, length, bytes: read(start, length) }));
        assert.deepEqual(gatherItem(item, blocks, bits), read(item.start, item.length));
      }
    }),
  );
});

test("four adjacent coils in one request are four values", () => {
  const wanted = [0, 1, 2, 3].map((start) => {
    return { property: `c${start}`, unit: 1, space: "coil", start: start + 3, length: 1 };
  });
  const [request, ...more] = planBlocks(wanted, { maxBlock: { coil: 2000 } }).requests;
  assert.deepEqual(more, []);
  const blocks = [{ start: 3, length: 4, ...request, bytes: new Uint8Array([0x0b]) }];
  const codec = createCodec({ type: "boolean" }, 1);
  const values = wanted.map((item) => codec.decode(gatherItem(item, blocks, 1)).value);
  assert.deepEqual(values, [true, true, false, true]);
});

test("an address that was not read has no value", () => {
  assert.throws(() => gatherItem({ start: 4, length: 1 }, [], 16), {
    code: "invalid_input",
    details: { reason: "protocolError" },
  });
});
