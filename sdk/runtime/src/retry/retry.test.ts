import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import fc from "fast-check";
import { createRandom } from "../chance/seeded-random.ts";
import { VirtualClock } from "../time/virtual-clock.ts";
import { Backoff } from "./backoff.ts";
import { retry } from "./retry.ts";

const policy = { initialMs: 100, maxMs: 1000 };

test("back-off stays between 1 ms and a ceiling that doubles up to the maximum", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const backoff = new Backoff(policy, createRandom(seed));
      for (const ceilingMs of [100, 200, 400, 800, 1000, 1000]) {
        const delayMs = backoff.next();
        assert.ok(delayMs >= 1 && delayMs <= ceilingMs, `${delayMs} of ${ceilingMs}`);
      }
      backoff.reset();
      assert.ok(backoff.next() <= 100);
    }),
  );
});

test("the jitter is full: delays spread over the whole range", () => {
  const delays = Array.from({ length: 200 }, (_, seed) =>
    new Backoff(policy, createRandom(seed)).next(),
  );
  assert.ok(Math.min(...delays) < 10 && Math.max(...delays) > 90);
});

function setup() {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const backoff = new Backoff(policy, createRandom(1));
  return { clock, controller, options: { backoff, clock, signal: controller.signal } };
}

test("tries again after a delay until it works", async () => {
  const { clock, options } = setup();
  let tries = 0;
  const delays: number[] = [];
  const result = retry(
    async () => {
      tries += 1;
      if (tries < 4) throw new Error("not yet");
      return "done";
    },
    { ...options, onRetry: (_, delayMs) => delays.push(delayMs) },
  );
  await clock.advance(10_000);
  assert.equal(await result, "done");
  assert.equal(tries, 4);
  assert.equal(delays.length, 3);
});

test("gives up at once on an error that no retry cures, by code or by the caller's word", async () => {
  const { options } = setup();
  const refused = new MapperkitError("rejected", "no");
  await assert.rejects(
    retry(() => Promise.reject(refused), options),
    refused,
  );
  const other = new Error("other");
  await assert.rejects(
    retry(() => Promise.reject(other), { ...options, isRetryable: () => false }),
    other,
  );
});

test("an abort ends the wait with its reason and no further try", async () => {
  const { clock, controller, options } = setup();
  let tries = 0;
  const result = retry(async () => {
    tries += 1;
    throw new Error("not yet");
  }, options);
  const rejected = assert.rejects(result, /stopped/);
  await clock.advance(0);
  controller.abort(new Error("stopped"));
  await rejected;
  assert.equal(tries, 1);
});
