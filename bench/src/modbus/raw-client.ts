/** The least that a client in Node can do: the next request goes out as its answer comes in. */
import { once } from "node:events";
import { connect } from "node:net";

const HEADER_BYTES = 9;

/** Asks for `length` input registers of unit 1 `count` times, on a socket of its own. */
export async function askRaw(port: number, count: number, length: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const request = Buffer.from([0, 0, 0, 0, 0, 6, 1, 4, 0, 0, 0, length]);
  const { promise, resolve } = Promise.withResolvers<void>();
  let [left, missing] = [count, HEADER_BYTES + 2 * length];
  socket.on("data", (bytes: Buffer) => {
    missing -= bytes.length;
    if (missing > 0) return;
    missing = HEADER_BYTES + 2 * length;
    left -= 1;
    if (left === 0) resolve();
    else socket.write(request);
  });
  socket.write(request);
  await promise;
  socket.destroy();
}
