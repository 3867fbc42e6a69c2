import assert from "node:assert/strict";
import { test } from "node:test";
import { tellStory } from "./random-story.ts";

/** A seed of the environment alone, for a failure that is to be looked at. */
const only = process.env.LINK_SEED;

/** One test for each seed from `first` to `last`. */
export function proveSeeds(file: string, first: number, last: number): void {
  const seeds = only
    ? [Number(only)]
    : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  for (const seed of seeds) {
    test(`seed ${seed}: nothing acknowledged is lost, nothing stale applied, every queue bounded`, async () => {
      const { violations, acts } = await tellStory(seed);
      const again = `again: LINK_SEED=${seed} node -C source --test e2e/src/${file}`;
      const story = only ? `\n${acts.join("\n")}` : "";
      assert.equal(violations.length, 0, `${violations.join("\n")}\n${again}${story}`);
    });
  }
}
