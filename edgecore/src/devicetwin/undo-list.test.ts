import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { UndoList } from "./undo-list.ts";

test("what is not durable is taken back newest first, whatever was done before", () => {
  const step = fc.constantFrom("push", "push", "drop", "undo");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(3_000), (steps, ahead) => {
      const list = new UndoList();
      const waiting: number[] = [];
      let next = 0;
      const push = () => {
        const number = next++;
        waiting.push(number);
        list.push(() => undone.push(number));
      };
      let undone: number[] = [];
      for (let n = 0; n < ahead; n++) push();
      for (let n = 0; n < ahead * 0.9; n++) {
        list.dropOldest();
        waiting.shift();
      }
      for (const one of steps) {
        if (one === "push") push();
        if (one === "drop") {
          list.dropOldest();
          waiting.shift();
        }
        if (one !== "undo") continue;
        undone = [];
        list.undoAll();
        assert.deepEqual(undone, waiting.splice(0).reverse());
      }
    }),
  );
});
