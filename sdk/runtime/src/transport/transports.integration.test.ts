import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { RealClock } from "../time/real-clock.ts";
import { VirtualClock } from "../time/virtual-clock.ts";
import { listen } from "./listen.ts";
import { tcpTransports } from "./tcp-transports.ts";
import type { ByteStream } from "./transports.ts";

const host = "127.0.0.1";
const transports = tcpTransports(new RealClock());

async function serving(t: TestContext, onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  const port = await listen(server, { host, port: 0, whenTaken: "fail" });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port, sockets };
}

async function readBytes(stream: ByteStream, count: number): Promise<string> {
  let text = "";
  for await (const bytes of stream.read(AbortSignal.timeout(5000))) {
    text += Buffer.from(bytes).toString();
    if (text.length >= count) break;
  }
  return text;
}

test("bytes go there and back, and a later reader gets what comes later", async (t) => {
  const { port } = await serving(t, (socket) => void socket.pipe(socket));
  const stream = await transports.tcp({ host, port });
  await stream.write(Buffer.from("VALUE?\n"));
  assert.equal(await readBytes(stream, 7), "VALUE?\n");
  await stream.write(Buffer.from("again"));
  assert.equal(await readBytes(stream, 5), "again");
  await stream.close();
  await stream.close();
});

test("reading ends when the peer closes, after all it has sent", async (t) => {
  const { port } = await serving(t, (socket) => void socket.end("bye"));
  const stream = await transports.tcp({ host, port });
  const chunks: Uint8Array[] = [];
  for await (const bytes of stream.read()) chunks.push(bytes);
  assert.equal(Buffer.concat(chunks).toString(), "bye");
  await stream.close();
});

test("a broken connection is unreachable, for readers and writers", async (t) => {
  const { port, sockets } = await serving(t, () => {});
  const stream = await transports.tcp({ host, port });
  const reading = assert.rejects(
    async () => {
      for await (const _ of stream.read());
    },
    { code: "unreachable" },
  );
  for (const socket of sockets) socket.resetAndDestroy();
  await reading;
  await assert.rejects(stream.write(Buffer.from("x")), { code: "unreachable" });
  await stream.close();
});

test("a refused connect is unreachable and names host and port", async () => {
  const server = createServer();
  const port = await listen(server, { host, port: 0, whenTaken: "fail" });
  server.close();
  await once(server, "close");
  await assert.rejects(transports.tcp({ host, port }), (error: unknown) => {
    assert.ok(error instanceof MapperkitError);
    assert.equal(error.code, "unreachable");
    assert.match(error.message, new RegExp(`${host}:${port}`));
    return true;
  });
});

test("a connect that nobody answers is timed out by the clock, or ended by the caller", async () => {
  // TEST-NET-1 (RFC 5737): packets to it go nowhere, or the machine has no road there at all.
  const target = { host: "192.0.2.1", port: 9 };
  const clock = new VirtualClock();
  const connecting = assert.rejects(
    tcpTransports(clock).tcp(target),
    (error: unknown) =>
      error instanceof MapperkitError && ["timed_out", "unreachable"].includes(error.code),
  );
  await clock.advance(10_000);
  await connecting;
  const reason = new Error("stopped");
  await assert.rejects(transports.tcp({ ...target, signal: AbortSignal.abort(reason) }), reason);
});

test("an aborted read keeps the stream and its bytes for the next reader", async (t) => {
  const { port, sockets } = await serving(t, () => {});
  const stream = await transports.tcp({ host, port });
  const controller = new AbortController();
  const reading = assert.rejects(async () => {
    for await (const _ of stream.read(controller.signal));
  }, /enough/);
  controller.abort(new Error("enough"));
  await reading;
  while (sockets.size === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const socket of sockets) socket.write("late");
  assert.equal(await readBytes(stream, 4), "late");
  await stream.close();
});

test("a peer that floods is held back until somebody reads", async (t) => {
  const total = 4_000_000;
  const { port, sockets } = await serving(t, (socket) => void socket.end(Buffer.alloc(total, 1)));
  const stream = await transports.tcp({ host, port });
  let count = 0;
  for await (const bytes of stream.read()) {
    count += bytes.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(count, total);
  assert.equal(sockets.size, 1);
  await stream.close();
});

async function taken(t: TestContext): Promise<{ server: Server; port: number }> {
  const server = createServer();
  const port = await listen(server, { host, port: 0, whenTaken: "fail" });
  t.after(() => void server.close());
  return { server, port };
}

test("listen: port 0 takes a free port and says which", async (t) => {
  const { server, port } = await taken(t);
  assert.deepEqual(server.address(), { address: host, family: "IPv4", port });
});

test("listen: a taken port is bad input that names it", async (t) => {
  const { port } = await taken(t);
  await assert.rejects(listen(createServer(), { host, port, whenTaken: "fail" }), {
    code: "invalid_input",
    message: `port ${port} of ${host} is in use: stop the other program or choose another port`,
  });
});

test("listen: the next free port is taken where the caller wants it", async (t) => {
  const { port } = await taken(t);
  const server = createServer();
  t.after(() => void server.close());
  const next = await listen(server, { host, port, whenTaken: "next" });
  assert.ok(next > port && next < port + 100, `${next} after ${port}`);
});

test("listen: a host that is not this machine's is bad input", async () => {
  await assert.rejects(listen(createServer(), { host: "192.0.2.1", port: 0, whenTaken: "next" }), {
    code: "invalid_input",
    message: /192\.0\.2\.1 is not an address of this machine/,
  });
});
