import type { Socket } from "node:net";

/** Whoever publishes to a subscriber with so much unread waits for it, for a moment. */
const FULL_BYTES = 64 * 1024;

type Chunk = string | Uint8Array;

/**
 * Makes a socket write once per turn of the event loop (what comes alone goes at once), and hold no
 * more than it may. The broker's library goes on using it as a socket.
 */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #maxUnreadBytes: number;
  readonly #write: (bytes: Uint8Array, done: () => void) => boolean;
  #chunks: Chunk[] = [];
  #bytes = 0;
  /** idle: nothing was written in this turn; due: about to write; busy: more goes with the turn */
  #state: "idle" | "due" | "busy" = "idle";
  #isFull = false;
  #waits = 0;
  #isSlow = false;
  #waiting: (() => void)[] = [];

  /** @param maxUnreadBytes what may wait for a client that does not read; above this it is cut off */
  constructor(socket: Socket, maxUnreadBytes: number) {
    this.#socket = socket;
    this.#maxUnreadBytes = maxUnreadBytes;
    this.#write = socket.write.bind(socket);
    // Without cork the packet writer does not schedule an uncork for each packet.
    Object.assign(socket, { write: (chunk: Chunk) => this.write(chunk), cork: undefined });
    socket.on("close", () => this.#release());
  }

  /** It has not read for a while: nobody waits for it any more, and what may be lost is dropped. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** More than enough is on its way to it already. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Which time it is that publishers wait for this client; `undefined` when they do not. */
  get wait(): number | undefined {
    return this.#isFull && !this.#isSlow ? this.#waits : undefined;
  }

  get unreadBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  /** Frees whoever waits for this client, until it has read all there is. */
  giveUpWaiting(): void {
    this.#isSlow = true;
    this.#release();
  }

  /** Calls back when the client has read enough, has left, or is not worth waiting for. */
  whenRoom(work: () => void): void {
    this.#waiting.push(work);
  }

  /** Whether more may follow at once. */
  write(chunk: Chunk): boolean {
    if (this.#socket.destroyed) return true;
    this.#chunks.push(chunk);
    this.#bytes += typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.length;
    if (this.#state === "idle") {
      this.#state = "due";
      process.nextTick(() => this.#flush());
    }
    const unread = this.unreadBytes;
    if (this.#isSlow && unread > this.#maxUnreadBytes) {
      this.#socket.destroy(new RangeError("client does not read what it is sent"));
    } else if (!this.#isFull && unread > FULL_BYTES) {
      this.#isFull = true;
      this.#waits += 1;
    }
    return this.wait === undefined;
  }

  #flush(): void {
    const bytes = joined(this.#chunks, this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
    this.#state = "busy";
    if (this.#socket.writable) this.#write(bytes, () => this.#written());
    setImmediate(() => {
      if (this.#chunks.length > 0) this.#flush();
      else this.#state = "idle";
    });
  }

  #written(): void {
    const unread = this.unreadBytes;
    if (unread === 0) this.#isSlow = false;
    if (!this.#isFull || unread > FULL_BYTES / 2) return;
    this.#isFull = false;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) work();
    this.#socket.emit("drain");
  }
}

function joined(chunks: readonly Chunk[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && typeof only === "object") return only;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const chunk of chunks) {
    if (typeof chunk === "string") at += bytes.write(chunk, at);
    else {
      bytes.set(chunk, at);
      at += chunk.length;
    }
  }
  return bytes;
}
