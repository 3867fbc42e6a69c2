import { test } from "node:test";
import { killRounds } from "./database/testing/kill-rounds.ts";

for (const durability of ["full", "normal"] as const) {
  for (const seed of [1, 2]) {
    test(`durability ${durability}, seed ${seed}: every acknowledged update survives SIGKILL, 20 times`, (t) => {
      return killRounds(t, { seed, rounds: 20, durability });
    });
  }
}
