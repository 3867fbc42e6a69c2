import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { type ByteStream, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { serialVisitor } from "../config/serial-visitor.ts";
import { SerialSession } from "./serial-session.ts";

const TIMEOUT_MS = 100;
const LATE_MS = 80;

/** A device that answers with the number that it is asked for, each time after another delay. */
class LateDevice implements ByteStream {
  readonly #clock: VirtualClock;
  readonly #delays: (number | "never")[];
  readonly #pieces: Uint8Array[] = [];
  #wake: () => void = () => undefined;
  #isClosed = false;
  readonly asked: string[] = [];

  constructor(clock: VirtualClock, delays: readonly (number | "never")[]) {
    this.#clock = clock;
    this.#delays = [...delays];
  }

  async write(bytes: Uint8Array): Promise<void> {
    const query = Buffer.from(bytes).toString().trim();
    this.asked.push(query);
    const delay = this.#delays.shift() ?? 0;
    if (delay === "never") return;
    const [, number] = query.split(" ");
    // In two pieces: half of a late answer must not be the beginning of the next one.
    this.#later(delay, `${number}`);
    this.#later(delay + 3, "\r\n");
  }

  async *read(): AsyncGenerator<Uint8Array> {
    while (!this.#isClosed) {
      const piece = this.#pieces.shift();
      if (piece) yield piece;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
  }

  #later(ms: number, text: string): void {
    this.#clock.sleep(ms).then(
      () => {
        this.#pieces.push(Buffer.from(text));
        this.#wake();
      },
      () => undefined,
    );
  }
}

test("an answer that comes late is never taken for the next one's", async () => {
  const delay = fc.oneof(
    fc.integer({ min: 0, max: TIMEOUT_MS + LATE_MS - 10 }),
    fc.constant("never" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(delay, { minLength: 1, maxLength: 8 }), async (delays) => {
      const clock = new VirtualClock();
      const device = new LateDevice(clock, delays);
      const parts = { stream: device, clock, byteMs: 0, quietMs: 0 };
      const session = new SerialSession(parts);
      const { signal } = new AbortController();
      const reads = delays.map(async (_, index) => {
        const number = index + 100;
        const visitor = serialVisitor.parse({
          ...{ query: `GET ${number}`, timeoutMs: TIMEOUT_MS, lateAnswerMs: LATE_MS },
        });
        try {
          const value = await session.read({
            property: `p${number}`,
            type: "INT",
            visitor,
            signal,
          });
          assert.equal(value, String(number));
        } catch (error) {
          assert.equal((error as MapperkitError).code, "timed_out", String(error));
        }
      });
      await clock.advance(delays.length * (TIMEOUT_MS + LATE_MS + 300));
      await Promise.all(reads);
      await session.close();
    }),
    { numRuns: 200 },
  );
});

test("a read that is given up leaves nothing to the next one", async () => {
  const clock = new VirtualClock();
  const device = new LateDevice(clock, [50, 0]);
  const session = new SerialSession({ stream: device, clock, byteMs: 0, quietMs: 0 });
  const ask = (number: number, signal: AbortSignal) => {
    const visitor = serialVisitor.parse({ query: `GET ${number}`, lateAnswerMs: LATE_MS });
    return session.read({ property: "p", type: "INT", visitor, signal });
  };
  const given = new AbortController();
  const first = assert.rejects(ask(1, given.signal));
  await clock.advance(10);
  given.abort(new MapperkitError("timed_out", "no more"));
  const second = ask(2, new AbortController().signal);
  await clock.advance(500);
  await first;
  assert.equal(await second, "2");
  await session.close();
});

test("what an earlier session asked is answered into silence", async () => {
  const clock = new VirtualClock();
  const device = new LateDevice(clock, [40, 0]);
  await device.write(Buffer.from("GET 1\r\n"));
  const session = new SerialSession({ stream: device, clock, byteMs: 0, quietMs: LATE_MS });
  const visitor = serialVisitor.parse({ query: "GET 2" });
  const { signal } = new AbortController();
  const read = session.read({ property: "p", type: "INT", visitor, signal });
  await clock.advance(500);
  assert.equal(await read, "2");
  await session.close();
});

test("properties that ask the same share an answer, once each", async () => {
  const clock = new VirtualClock();
  const device = new LateDevice(clock, []);
  const session = new SerialSession({ stream: device, clock, byteMs: 0, quietMs: 0 });
  const { signal } = new AbortController();
  const ask = async (property: string, pattern: string) => {
    const visitor = serialVisitor.parse({ query: "GET 42", pattern });
    const read = session.read({ property, type: "INT", visitor, signal });
    await clock.advance(50);
    return await read;
  };
  assert.deepEqual([await ask("tens", "^(.)"), await ask("ones", "^.(.)")], ["4", "2"]);
  assert.equal(device.asked.length, 1);
  await ask("tens", "^(.)");
  assert.equal(device.asked.length, 2);
  await clock.advance(1000);
  await ask("ones", "^.(.)");
  assert.equal(device.asked.length, 3);
  await session.close();
});

test("between two requests the device has its pause", async () => {
  const clock = new VirtualClock();
  const device = new LateDevice(clock, []);
  const session = new SerialSession({ stream: device, clock, byteMs: 0, quietMs: 0 });
  const { signal } = new AbortController();
  const times: number[] = [];
  const reads = [1, 2, 3].map(async (number) => {
    const visitor = serialVisitor.parse({ query: `GET ${number}`, pauseBetweenMs: 70 });
    await session.read({ property: `p${number}`, type: "INT", visitor, signal });
    times.push(clock.now());
  });
  await clock.advance(1000);
  await Promise.all(reads);
  assert.ok(
    times.every((time, i) => time - (times[i - 1] ?? 0) >= 70),
    times.join(),
  );
  await session.close();
});
