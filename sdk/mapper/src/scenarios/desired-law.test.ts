import { test } from "node:test";
import { playDesiredLaw } from "../fixtures/desired-law.ts";

test("every desired value is in the end Applied, or Rejected with a reason: 15 stories", async () => {
  for (let seed = 1; seed <= 15; seed++) await playDesiredLaw(seed);
});
