import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { resetSocket } from "./reset-socket.ts";

/** A TCP proxy that does to its connections what networks do. */
export class FaultProxy implements AsyncDisposable {
  /** What comes is refused. */
  isCut = false;
  /** Nothing goes on, and nobody hears that it does not. */
  isStalled = false;
  delayMs = 0;
  /** Chunks go on in pieces of so many bytes; 0: as they came. */
  pieceBytes = 0;
  /** After so many further bytes all connections are reset, in the middle of whatever they carry. */
  resetAfterBytes = Number.POSITIVE_INFINITY;
  readonly #target: () => number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** @param target where to connect, asked at each connection */
  constructor(target: () => number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    const server = createServer((client) => this.#serve(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Resets what is connected. */
  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  mend(): void {
    Object.assign(this, { isCut: false, isStalled: false, delayMs: 0, pieceBytes: 0 });
    this.resetAfterBytes = Number.POSITIVE_INFINITY;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isCut = true;
    this.reset();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #serve(client: Socket): void {
    if (this.isCut) {
      resetSocket(client);
      return;
    }
    const upstream = connect(this.#target(), "127.0.0.1");
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    void this.#carry(client, upstream);
    void this.#carry(upstream, client);
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (this.delayMs > 0) await wait(this.delayMs);
        while (this.isStalled && !to.destroyed) await wait(20);
        if (!(await this.#send(chunk, to))) return;
      }
      to.end();
    } catch {
      // A reset; the other end hears of it by its own close.
    }
  }

  /** False when the connection ended on the way. */
  async #send(chunk: Buffer, to: Socket): Promise<boolean> {
    const size = this.pieceBytes || chunk.length;
    for (let at = 0; at < chunk.length; at += size) {
      // One that is gone tells no more of itself: neither drain nor close would come.
      if (to.destroyed) return false;
      const piece = chunk.subarray(at, at + size);
      this.resetAfterBytes -= piece.length;
      if (this.resetAfterBytes < 0) {
        this.resetAfterBytes = Number.POSITIVE_INFINITY;
        this.reset();
        return false;
      }
      if (!to.write(piece))
        await new Promise((resolve) => to.once("drain", resolve).once("close", resolve));
      if (this.pieceBytes > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return !to.destroyed;
  }
}
