import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { MemoryLog } from "@mapperkit/runtime";
import fc from "fast-check";
import { LineServer, type LineServerOptions } from "./line-server.ts";

const never = new AbortController().signal;

async function serving(t: TestContext, options: Partial<LineServerOptions> = {}) {
  const log = new MemoryLog();
  const server = new LineServer({
    name: "echo",
    host: "127.0.0.1",
    port: 0,
    whenPortTaken: "fail",
    answer: (line) => `you said ${line}`,
    log,
    ...options,
  });
  await server.start(never);
  t.after(() => server.stop());
  return { server, log };
}

/** Sends bytes, closes, and returns the lines that came back. */
async function conversation(port: number, ...chunks: (string | Uint8Array)[]): Promise<string[]> {
  const socket = connect({ host: "127.0.0.1", port });
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  const replies: string[] = [];
  for await (const line of createInterface({ input: socket })) replies.push(line);
  return replies;
}

test("answers each line once, in order", async (t) => {
  const { server } = await serving(t);
  assert.deepEqual(await conversation(server.port, "a\nb\r\n", "c", "\n"), [
    "you said a",
    "you said b",
    "you said c",
  ]);
});

test("a line that is too long gets one reply, and the next line is served", async (t) => {
  const { server } = await serving(t);
  const replies = await conversation(server.port, "x".repeat(100_000), "x\nnext\n");
  assert.deepEqual(replies, ["ERR line too long", "you said next"]);
});

test("many clients are served at a time", async (t) => {
  const { server } = await serving(t);
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, index) => conversation(server.port, `${index}\n`)),
  );
  assert.deepEqual(
    replies,
    Array.from({ length: 50 }, (_, index) => [`you said ${index}`]),
  );
});

test("a command that throws is a device fault in the log, not the end of the device", async (t) => {
  let isBroken = true;
  const { server, log } = await serving(t, {
    answer: () => {
      if (isBroken) throw new Error("bug");
      return "fine";
    },
  });
  assert.deepEqual(await conversation(server.port, "a\n"), ["ERR device fault"]);
  isBroken = false;
  assert.deepEqual(await conversation(server.port, "a\n"), ["fine"]);
  assert.equal(log.entries[0]?.message, "command failed");
});

test("a client that breaks off in the middle disturbs nobody", async (t) => {
  const { server } = await serving(t);
  const rude = connect({ host: "127.0.0.1", port: server.port });
  await once(rude, "connect");
  rude.write("half a li");
  rude.resetAndDestroy();
  assert.deepEqual(await conversation(server.port, "a\n"), ["you said a"]);
});

test("a client that asks and never reads is held back", async (t) => {
  let answered = 0;
  const big = "x".repeat(1000);
  const { server } = await serving(t, {
    answer: () => {
      answered += 1;
      return big;
    },
  });
  const greedy = connect({ host: "127.0.0.1", port: server.port });
  greedy.pause();
  const asked = 200_000;
  greedy.write("a\n".repeat(asked));
  // Once the kernel's buffers are full, the count of answers comes to rest far below the questions.
  let before = -1;
  while (answered === 0 || answered !== before) {
    before = answered;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(answered < asked / 2, `${answered} answers wait in memory`);
  greedy.destroy();
});

test("stop() closes every socket and frees the port", async (t) => {
  const { server } = await serving(t);
  const { port } = server;
  const client = connect({ host: "127.0.0.1", port });
  await once(client, "connect");
  client.write("a\n");
  await once(client, "data");
  assert.equal(server.clientCount, 1);
  const closed = once(client, "close");
  await server.stop();
  await closed;
  await server.stop();
  const { server: successor } = await serving(t, { port });
  assert.equal(successor.port, port);
});

test("a taken port is bad input, or the next one is taken", async (t) => {
  const { server } = await serving(t);
  await assert.rejects(serving(t, { port: server.port }), { code: "invalid_input" });
  const { server: next } = await serving(t, { port: server.port, whenPortTaken: "next" });
  assert.ok(next.port > server.port);
});

test("it has no port before it is started, and can be stopped all the same", async () => {
  const server = new LineServer({
    name: "idle",
    host: "127.0.0.1",
    port: 0,
    whenPortTaken: "fail",
    answer: () => "",
    log: new MemoryLog(),
  });
  assert.throws(() => server.port, { code: "conflict" });
  await server.stop();
});

test("arbitrary bytes never crash it, and every line is answered once", async (t) => {
  const { server, log } = await serving(t, { answer: () => "OK", maxLineBytes: 16 });
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom("\n", "\r\n", "ON\n", "VALUE?\r\n").map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 20 }), async (chunks) => {
      const bytes = Buffer.concat([...chunks, Buffer.from("\n")]);
      const replies = await conversation(server.port, ...chunks, "\n");
      const lines = bytes.filter((byte) => byte === 0x0a).length;
      assert.equal(replies.length, lines);
      for (const reply of replies) assert.match(reply, /^(OK|ERR line too long)$/);
    }),
    { numRuns: 100 },
  );
  assert.deepEqual(log.entries, []);
});
