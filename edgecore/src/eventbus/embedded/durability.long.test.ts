import { test } from "node:test";
import { killSessions } from "../testing/session-kills.ts";

for (const seed of [2, 3, 4]) {
  test(`seed ${seed}: every message that was acknowledged waits after SIGKILL, ten times over`, (t) => {
    return killSessions(t, { seed, rounds: 10 });
  });
}
