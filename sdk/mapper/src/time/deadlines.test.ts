import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@mapperkit/runtime";
import { Deadlines } from "./deadlines.ts";

test("each work has its own deadline on the one timer, and hears of its end", async () => {
  const clock = new VirtualClock(5000);
  const deadlines = new Deadlines(clock);
  const ended: string[] = [];
  const hang = (name: string, ms: number) =>
    deadlines
      .run(ms, name, (signal) => {
        signal.addEventListener("abort", () => ended.push(`${name} at ${clock.now()}`));
        return new Promise(() => undefined);
      })
      .catch((error: Error) => ended.push(error.message));
  const all = [hang("slow", 300), hang("quick", 100), hang("middle", 200)];
  const done = deadlines.run(50, "done", async () => "result");
  await clock.advance(1000);
  assert.equal(await done, "result");
  await Promise.all(all);
  assert.deepEqual(ended, [
    ...["quick at 5100", "quick took longer than 100 ms"],
    ...["middle at 5200", "middle took longer than 200 ms"],
    ...["slow at 5300", "slow took longer than 300 ms"],
  ]);
});

test("what the work throws comes through, at once or later", async () => {
  const deadlines = new Deadlines(new VirtualClock());
  const error = new Error("mine");
  const throws = () => {
    throw error;
  };
  await assert.rejects(deadlines.run(10, "sync", throws), error);
  await assert.rejects(
    deadlines.run(10, "late", async () => throws()),
    error,
  );
});

test("all that runs can be ended with a reason; what comes after is heard by nobody", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const late = Promise.withResolvers<string>();
  const running = deadlines.run(100, "hanging", () => late.promise);
  const reason = new Error("closed");
  deadlines.endAll(reason);
  await assert.rejects(running, reason);
  late.reject(new Error("too late"));
  await clock.advance(1000);
  const next = deadlines.run(100, "next", () => new Promise(() => undefined));
  const refused = assert.rejects(next, { code: "timed_out" });
  await clock.advance(100);
  await refused;
});
