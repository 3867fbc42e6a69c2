import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { withDeadline } from "./deadline.ts";

const what = "reading";

test("work that ends in time is left alone", async () => {
  const clock = new VirtualClock();
  const done = withDeadline({ clock, ms: 100, what }, async () => 7);
  assert.equal(await done, 7);
});

test("work that hangs is given up at the deadline, and is told so", async () => {
  const clock = new VirtualClock();
  let isTold = false;
  const done = withDeadline({ clock, ms: 100, what }, (signal) => {
    signal.addEventListener("abort", () => {
      isTold = true;
    });
    return new Promise<never>(() => undefined);
  });
  const failed = assert.rejects(done, {
    code: "timed_out",
    message: "reading took longer than 100 ms",
  });
  await clock.advance(100);
  await failed;
  assert.ok(isTold);
});

test("the caller's signal ends it with the caller's reason; a throw is a rejection", async () => {
  const clock = new VirtualClock();
  const giveUp = new AbortController();
  const parts = { clock, ms: 100, signal: giveUp.signal, what };
  const failed = assert.rejects(
    withDeadline(parts, () => new Promise<never>(() => undefined)),
    /tired/,
  );
  giveUp.abort(new Error("tired"));
  await failed;
  const thrown = withDeadline({ clock, ms: 100, what }, () => {
    throw new Error("boom");
  });
  await assert.rejects(thrown, /boom/);
});
