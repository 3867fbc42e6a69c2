import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLifetime } from "./parse-lifetime.ts";

test("a lifetime is a number and a unit", () => {
  const texts = ["90s", "30m", "24h", "7d"];
  assert.deepEqual(texts.map(parseLifetime), [90_000, 1_800_000, 86_400_000, 604_800_000]);
  for (const wrong of ["", "24", "h", "0h", "-1h", "1.5h", "24 h", "1y", "9999999h"]) {
    assert.throws(() => parseLifetime(wrong), /--ttl .*like 24h/);
  }
});
