import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ByteStream,
  createRandom,
  MemoryTransports,
  silentLog,
  VirtualClock,
} from "@mapperkit/runtime";
import fc from "fast-check";
import { openLine } from "./line.ts";
import { LineSplitter } from "./line-splitter.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function openPair() {
  const clock = new VirtualClock();
  const transports = new MemoryTransports();
  const { promise, resolve } = Promise.withResolvers<ByteStream>();
  transports.listen("device", 1, resolve);
  const ctx = {
    config: { host: "device", port: 1 },
    device: { name: "lamp", namespace: "default", node: "edge" },
    signal: new AbortController().signal,
    ...{ clock, transports, random: createRandom(1), log: silentLog },
  };
  const line = await openLine(ctx, { eol: "\n", timeoutMs: 1000 });
  const far = await promise;
  const received: string[] = [];
  const splitter = new LineSplitter("\n");
  const listening = (async () => {
    for await (const bytes of far.read()) received.push(...splitter.push(bytes));
  })();
  return { clock, line, far, received, listening };
}

test("asks, takes CRLF, and takes turns", async () => {
  const { clock, line, far, received } = await openPair();
  const [first, second] = [line.ask("A?"), line.ask("B?")];
  await clock.advance(0);
  assert.deepEqual(received, ["A?"], "one request at a time");
  await far.write(bytesOf("1\r"));
  await far.write(bytesOf("\n"));
  assert.equal(await first, "1");
  await clock.advance(0);
  assert.deepEqual(received, ["A?", "B?"]);
  await far.write(bytesOf("2\n"));
  assert.equal(await second, "2");
  await line.close();
});

test("tell waits for no answer", async () => {
  const { clock, line, received } = await openPair();
  await line.tell("GO");
  await clock.advance(0);
  assert.deepEqual(received, ["GO"]);
  await line.close();
});

test("a late answer is never the next one's: the line is given up", async () => {
  const { clock, line, far, listening } = await openPair();
  const first = assert.rejects(line.ask("A?"), { code: "timed_out" });
  const second = assert.rejects(line.ask("B?"), { code: "unreachable" });
  await clock.advance(1000);
  await Promise.all([first, second]);
  await assert.rejects(far.write(bytesOf("late\n")), { code: "unreachable" });
  await assert.rejects(line.ask("C?"), { code: "unreachable" });
  await listening;
});

test("an asker that gives up takes the line down", async () => {
  const { clock, line } = await openPair();
  const giveUp = new AbortController();
  const ask = assert.rejects(line.ask("A?", giveUp.signal), /tired/);
  await clock.advance(0);
  giveUp.abort(new Error("tired"));
  await ask;
  await assert.rejects(line.ask("B?"), { code: "unreachable" });
});

test("what arrives unasked is nobody's answer", async () => {
  const { clock, line, far } = await openPair();
  await far.write(bytesOf("hello\n"));
  await clock.advance(0);
  const ask = line.ask("A?");
  await clock.advance(0);
  await far.write(bytesOf("1\n"));
  assert.equal(await ask, "1");
  await line.close();
});

test("a device that closes fails the request in flight at once", async () => {
  const { clock, line, far } = await openPair();
  const ask = assert.rejects(line.ask("A?"), { code: "unreachable" });
  await clock.advance(0);
  await far.close();
  await ask;
});

test("a command of two lines is refused and sends nothing", async () => {
  const { clock, line, received } = await openPair();
  await assert.rejects(line.ask("ON\nRESET"), { code: "invalid_input" });
  await assert.rejects(line.tell("ON\r"), { code: "invalid_input" });
  await clock.advance(0);
  assert.deepEqual(received, []);
  await line.close();
});

test("endless bytes without a line end break the line", async () => {
  const { clock, line, far } = await openPair();
  const ask = assert.rejects(line.ask("A?"), { code: "unreachable" });
  await clock.advance(0);
  for (let i = 0; i < 17; i++) await far.write(bytesOf("x".repeat(4096)));
  await ask;
});

test("lines are the same wherever the stream is cut", () => {
  const text = fc.array(fc.string({ unit: "grapheme" }).map((s) => s.replace(/[\r\n]/g, "")));
  fc.assert(
    fc.property(text, fc.array(fc.nat(50)), fc.constantFrom("\n", "\r\n"), (lines, cuts, eol) => {
      const bytes = bytesOf(lines.map((line) => line + eol).join(""));
      const splitter = new LineSplitter("\n");
      const seen: string[] = [];
      let from = 0;
      for (const size of cuts) {
        seen.push(...splitter.push(bytes.subarray(from, from + size)));
        from = Math.min(from + size, bytes.length);
      }
      seen.push(...splitter.push(bytes.subarray(from)));
      assert.deepEqual(seen, lines);
    }),
  );
});
