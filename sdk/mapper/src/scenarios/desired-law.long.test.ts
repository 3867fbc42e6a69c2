import { test } from "node:test";
import { playDesiredLaw } from "../fixtures/desired-law.ts";

test("every desired value is in the end Applied, or Rejected with a reason: 500 stories", async () => {
  for (let seed = 1000; seed < 1500; seed++) await playDesiredLaw(seed);
});
