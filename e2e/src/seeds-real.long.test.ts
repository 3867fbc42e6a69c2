import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RealLink } from "./link-proof/real/real-link.ts";
import { tellRealStory } from "./link-proof/real/real-story.ts";

const only = process.env.LINK_SEED;
const seeds = only ? [Number(only)] : Array.from({ length: 20 }, (_, index) => index + 1);

let link: RealLink;
before(async () => {
  link = await RealLink.start();
});
after(() => link?.[Symbol.asyncDispose]());

for (const seed of seeds) {
  test(`seed ${seed}, in real time: processes killed, connections cut, stalled and torn`, async () => {
    const again = `again: LINK_SEED=${seed} node -C source --test e2e/src/seeds-real.long.test.ts`;
    const acts = await tellRealStory(link, seed).catch((error: unknown) => {
      throw new Error(`${again}\n${link.logs}`, { cause: error });
    });
    const { violations } = link.model;
    assert.equal(violations.length, 0, `${violations.join("\n")}\n${acts.join(", ")}\n${again}`);
  });
}
