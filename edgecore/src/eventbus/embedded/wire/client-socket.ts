import type { Socket } from "node:net";
import { PacketFrames } from "./packet-frames.ts";

/**
 * A client's next packets wait until so many bytes of it are served: others have their turn.
 * Smaller costs throughput of one that pipelines, larger costs the others latency.
 */
const TURN_BYTES = 16 * 1024;
/** Whoever publishes to a subscriber with so much unread waits for it, for a moment. */
const FULL_BYTES = 64 * 1024;

export interface ClientLimits {
  readonly maxPacketBytes: number;
  /** What may wait for a client that does not read; above this it is cut off. */
  readonly maxUnreadBytes: number;
}

type Chunk = string | Uint8Array;
type Read = (size?: number | null) => Buffer | null;

/**
 * Makes a socket write once per turn of the event loop (a packet that comes alone goes at once),
 * read no more than its share, and hold no more than it may. The broker goes on using it as a socket.
 */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #limits: ClientLimits;
  readonly #frames: PacketFrames;
  readonly #write: (bytes: Buffer, done: () => void) => boolean;
  readonly #read: Read;
  #chunks: Chunk[] = [];
  #bytes = 0;
  /** idle: nothing was written in this turn; due: about to write; busy: more goes with the turn */
  #state: "idle" | "due" | "busy" = "idle";
  #isWaitedFor = false;
  #waits = 0;
  #isSlow = false;

  constructor(socket: Socket, limits: ClientLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#frames = new PacketFrames(limits.maxPacketBytes);
    this.#write = socket.write.bind(socket);
    this.#read = socket.read.bind(socket) as Read;
    // Without cork the packet writer does not schedule an uncork for each packet.
    Object.assign(socket, {
      write: (chunk: Chunk) => this.#take(chunk),
      // Node itself reads nothing, only to make more come.
      read: (size?: number) => (size === 0 ? this.#read(0) : this.#readTurn()),
      cork: undefined,
    });
  }

  /** It has not read for a while: nobody waits for it any more, and what may be lost is dropped. */
  get isSlow(): boolean {
    return this.#isSlow;
  }

  /** Which time it is that publishers wait for this client; `undefined` when they do not. */
  get wait(): number | undefined {
    return this.#isWaitedFor ? this.#waits : undefined;
  }

  get unreadBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  /** Frees whoever waits for this client, until it has read all there is. */
  giveUpWaiting(): void {
    this.#isSlow = true;
    this.#drained();
  }

  #take(chunk: Chunk): boolean {
    this.#chunks.push(chunk);
    this.#bytes += typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.length;
    if (this.#state === "idle") {
      this.#state = "due";
      process.nextTick(() => this.#flush());
    }
    if (this.#isSlow) {
      if (this.unreadBytes > this.#limits.maxUnreadBytes) {
        this.#socket.destroy(new RangeError("client does not read what it is sent"));
      }
      return true;
    }
    if (!this.#isWaitedFor && this.unreadBytes > FULL_BYTES) {
      this.#isWaitedFor = true;
      this.#waits += 1;
    }
    return !this.#isWaitedFor;
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
    if (this.#isWaitedFor && unread <= FULL_BYTES / 2) this.#drained();
  }

  #drained(): void {
    this.#isWaitedFor = false;
    this.#socket.emit("drain");
  }

  /** What is put back is read when what was taken has been dealt with. */
  #readTurn(): Buffer | null {
    const bytes = this.#read();
    if (!bytes) return null;
    try {
      const taken = this.#frames.take(bytes, TURN_BYTES);
      if (taken === bytes.length) return bytes;
      this.#socket.unshift(bytes.subarray(taken));
      return bytes.subarray(0, taken);
    } catch (error) {
      this.#socket.destroy(error as Error);
      return null;
    }
  }
}

function joined(chunks: readonly Chunk[], length: number): Buffer {
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
