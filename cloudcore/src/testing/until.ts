import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 10_000;
const POLL_MS = 5;

/** Waits in a test until `isTrue`, and says in vain for what. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    if (isTrue()) return;
    await sleep(POLL_MS);
  }
  assert.fail(`waited in vain for ${what}`);
}
