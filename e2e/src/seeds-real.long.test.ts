import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { RealLink } from "./link-proof/real/real-link.ts";
import { tellRealStory } from "./link-proof/real/real-story.ts";

const only = process.env.LINK_SEED;
/** More than acts and recovery may take; one that hangs shall say so and let the others run. */
const SEED_ENDS_WITHIN_MS = 180_000;
const seeds = only ? [Number(only)] : Array.from({ length: 20 }, (_, index) => index + 1);

let link: RealLink;
before(async () => {
  link = await RealLink.start();
});
after(() => link?.[Symbol.asyncDispose](), { timeout: 60_000 });

for (const seed of seeds) {
  test(`seed ${seed}, in real time: processes killed, connections cut, stalled and torn`, async () => {
    const again = `again: LINK_SEED=${seed} node -C source --test e2e/src/seeds-real.long.test.ts`;
    const seenBefore = link.model.violations.length;
    const acts = await inTime((signal) => tellRealStory(link, seed, signal)).catch((error) => {
      throw new Error(`${again}\n${link.logs}`, { cause: error });
    });
    const violations = link.model.violations.slice(seenBefore);
    assert.equal(violations.length, 0, `${violations.join("\n")}\n${acts.join(", ")}\n${again}`);
  });
}

/** Rejects when `work` takes too long, also when it does not heed the signal. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const reason = new Error(`the seed did not end within ${SEED_ENDS_WITHIN_MS} ms`);
  const timer = setTimeout(() => deadline.abort(reason), SEED_ENDS_WITHIN_MS);
  const late = once(deadline.signal, "abort").then(() => {
    throw reason;
  });
  try {
    return await Promise.race([work(deadline.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
