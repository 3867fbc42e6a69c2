import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PropertyRules } from "./property-rules.ts";
import { empty, known, NOW, open, type Twin, update } from "./testing/apply-update.ts";

const key = fc.constantFrom("status", "count", "setpoint", "other", "constructor");
const side = fc.record({ value: fc.oneof(fc.constantFrom("1", "ON", "", "é"), fc.string()) });
const message = fc.option(
  fc.record(
    {
      expected: side,
      actual: side,
      optional: fc.boolean(),
      metadata: fc.record({ type: fc.constantFrom("string", "int", "Updated", "deleted") }),
      outcome: fc.record({ phase: fc.constantFrom("Applied", "Rejected") }),
    },
    { requiredKeys: [] },
  ),
  { nil: null },
);
const request = fc.dictionary(key, message, { maxKeys: 4 });
const history = fc.array(request, { maxLength: 6 });
const rules = fc.constantFrom(open, known);

function play(requests: readonly object[], rules: PropertyRules): Twin {
  let twin: Twin = empty;
  for (const properties of requests) twin = update(twin, properties, { rules }).after;
  return twin;
}

test("law: the same report again is a no-op", () => {
  fc.assert(
    fc.property(history, request, rules, (past, properties, rules) => {
      const once = update(play(past, rules), properties, { rules }).after;
      assert.deepEqual(update(once, properties, { rules, now: NOW + 9 }).changes, []);
    }),
  );
});

test("law: versions never fall", () => {
  fc.assert(
    fc.property(history, request, rules, (past, properties, rules) => {
      const before = play(past, rules);
      const { after } = update(before, properties, { rules });
      for (const [property, held] of before) {
        for (const version of ["expectedVersion", "actualVersion"] as const) {
          const next = after.get(property)?.[version]?.edge ?? 0;
          assert.ok(next >= (held[version]?.edge ?? 0), `${version} of ${property} fell`);
        }
      }
    }),
  );
});

test("law: a refused property changes nothing and hinders no other", () => {
  fc.assert(
    fc.property(history, request, rules, (past, properties, rules) => {
      const before = play(past, rules);
      const together = update(before, properties, { rules });
      for (const [property, message] of Object.entries(properties)) {
        const alone = update(before, { [property]: message }, { rules });
        assert.deepEqual(together.after.get(property), alone.after.get(property));
        const isRefused = Object.hasOwn(alone.errors, property);
        assert.equal(Object.hasOwn(together.errors, property), isRefused);
        if (isRefused) {
          assert.equal(together.after.get(property), before.get(property));
        }
      }
    }),
  );
});
