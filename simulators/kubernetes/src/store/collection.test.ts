import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Collection, keyOf, sortObjects } from "./collection.ts";
import type { StoredObject } from "./stored-object.ts";

test("a list is in order after any changes, and one handed out stays as it was", () => {
  const key = fc.record({
    namespace: fc.constantFrom("a", "a-b", "b"),
    name: fc.constantFrom("x", "y", "z", "z.a", "w"),
  });
  const step = fc.record({ key, isRemoval: fc.boolean(), isRead: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const collection = new Collection();
      const model = new Map<string, StoredObject>();
      // So many that a change puts single objects in their place.
      const many = Array.from({ length: 40 }, (_, n) => ({ namespace: "a", name: `n${n}` }));
      const all = [
        ...many.map((each) => ({ key: each, isRemoval: false, isRead: false })),
        ...steps,
      ];
      for (const [version, { key: at, isRemoval, isRead }] of all.entries()) {
        const object = { ...at, resource: "r", uid: "u", resourceVersion: version, json: "" };
        if (isRemoval) collection.delete(at.namespace, at.name);
        else collection.set(object);
        if (isRemoval) model.delete(keyOf(at.namespace, at.name));
        else model.set(keyOf(at.namespace, at.name), object);
        if (!isRead) continue;
        const before = collection.list();
        const copy = [...before];
        assert.deepEqual(before, sortObjects([...model.values()]));
        collection.set({ ...object, resourceVersion: version });
        collection.list();
        assert.deepEqual(before, copy);
        if (isRemoval) collection.delete(at.namespace, at.name);
        else
          model.set(keyOf(at.namespace, at.name), collection.get(at.namespace, at.name) ?? object);
      }
      for (const namespace of ["a", "a-b", "b", "c"]) {
        const expected = collection.list().filter((object) => object.namespace === namespace);
        assert.deepEqual(collection.list(namespace), expected);
      }
    }),
  );
});
