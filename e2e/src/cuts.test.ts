import assert from "node:assert/strict";
import { test } from "node:test";
import { cutAt, type Deed, type Harm } from "./link-proof/cut-everywhere.ts";

const DEEDS: readonly Deed[] = ["desired change", "report", "re-creation", "deletion", "move"];
const HARMS: readonly Harm[] = ["cut", "kill edge", "kill cloudcore"];
/** More chunks than any deed takes. */
const NEVER = 1_000;

for (const deed of DEEDS) {
  for (const harm of HARMS) {
    test(`${deed}, and ${harm} at every step of it: all ends agree afterwards`, async () => {
      const { chunks } = await cutAt(deed, harm, NEVER);
      assert.ok(chunks > 1, `a ${deed} takes ${chunks} chunks`);
      for (let at = 1; at <= chunks; at += 1) {
        const { violations } = await cutAt(deed, harm, at);
        assert.deepEqual(violations, [], `${harm} at chunk ${at} of ${chunks}`);
      }
    });
  }
}
