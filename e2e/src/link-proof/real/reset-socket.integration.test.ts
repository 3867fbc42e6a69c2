import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { resetSocket } from "./reset-socket.ts";

interface Connection extends AsyncDisposable {
  readonly socket: Socket;
  /** How the connection ended, as its peer heard. */
  readonly heard: Promise<string>;
}

async function dial(): Promise<Connection> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const heard = once(server, "connection").then(async ([peer]: Socket[]) => {
    const code = await new Promise<string>((resolve) => {
      peer?.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      peer?.on("end", () => resolve("end")).resume();
    });
    peer?.destroy();
    return code;
  });
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { socket, heard, [Symbol.asyncDispose]: close };
}

/** What the socket said of its own end first. */
function endOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("error", (error) => resolve(error.message)).on("close", () => resolve("close"));
  });
}

test("an open connection is reset", async () => {
  await using connection = await dial();
  const { socket, heard } = connection;
  await once(socket, "connect");
  const end = endOf(socket);
  resetSocket(socket);
  assert.equal(await end, "close");
  assert.equal(await heard, "ECONNRESET");
});

test("a connection whose end is being said is closed, not forgotten", async () => {
  await using connection = await dial();
  const { socket, heard } = connection;
  await once(socket, "connect");
  const end = endOf(socket);
  socket.end();
  // By now it shuts down, and the system has not yet heard of it.
  process.nextTick(() => resetSocket(socket));
  assert.equal(await end, "close");
  assert.equal(await heard, "end");
});

test("a connection that is being made is given up at once", async () => {
  await using connection = await dial();
  const { socket } = connection;
  const end = endOf(socket);
  resetSocket(socket);
  assert.equal(socket.destroyed, true);
  assert.equal(await end, "close");
});
