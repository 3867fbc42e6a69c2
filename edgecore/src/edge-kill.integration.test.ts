import { test } from "node:test";
import { killRounds } from "./database/testing/kill-rounds.ts";

test("every acknowledged update survives SIGKILL, three times over", (t) => {
  return killRounds(t, { seed: 1, rounds: 3, durability: "full" });
});
