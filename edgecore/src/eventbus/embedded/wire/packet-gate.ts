import type { Socket } from "node:net";
import { PacketFrames, type Taken } from "./packet-frames.ts";

/**
 * A client's next packets wait until so much of it is served: others have their turn.
 * Smaller costs throughput of one that pipelines, larger costs the others latency.
 */
const TURN_COST = 24 * 1024;
const PIECE_BYTES = 16 * 1024;
/** What one client may have under way, waiting for the disk or a slow subscriber. */
const MAX_UNDER_WAY = 512 * 1024;

interface Turn {
  packets: number;
  readonly cost: number;
}

export interface PacketGateParts {
  readonly socket: Socket;
  readonly maxPacketBytes: number;
  /** Takes whole and broken packets; may end some of them before it returns. */
  readonly read: (bytes: Buffer, taken: Taken) => void;
  /** The client has as much under way as it may, and now has to wait. */
  readonly slowed: () => void;
}

/**
 * What of a client's bytes may come in, and when: no more than its share, with a bound on what is
 * under way, and a subscription not before what was sent before it is done, nor beside anything else.
 */
export class PacketGate {
  readonly #parts: PacketGateParts;
  readonly #frames: PacketFrames;
  readonly #turns: Turn[] = [];
  #underWay = 0;
  /** Nothing else is to come before all that is under way is done. */
  #isClosed = false;
  #isReading = false;
  #isScheduled = false;

  constructor(parts: PacketGateParts) {
    this.#parts = parts;
    this.#frames = new PacketFrames(parts.maxPacketBytes);
    parts.socket.on("readable", () => {
      if (!this.#isScheduled) this.#read();
    });
  }

  /** The oldest packet under way is dealt with. */
  finished(): void {
    const turn = this.#turns[0];
    if (!turn) return;
    turn.packets -= 1;
    if (turn.packets > 0) return;
    this.#turns.shift();
    this.#underWay -= turn.cost;
    if (this.#turns.length === 0) this.#isClosed = false;
    this.#schedule();
  }

  get #isShut(): boolean {
    return this.#isClosed || this.#underWay >= MAX_UNDER_WAY;
  }

  /** In the next turn of the event loop: the others come first. */
  #schedule(): void {
    const { socket } = this.#parts;
    if (this.#isReading || this.#isScheduled || this.#isShut || socket.readableLength === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#read();
    });
  }

  #read(): void {
    if (this.#isReading || this.#isShut) return;
    const { socket, read, slowed } = this.#parts;
    this.#isReading = true;
    try {
      const bytes = this.#nextBytes();
      if (!bytes) return;
      const taken = this.#frames.take(bytes, TURN_COST, this.#turns.length === 0);
      if (taken.bytes < bytes.length) socket.unshift(bytes.subarray(taken.bytes));
      this.#begin(taken);
      if (taken.bytes > 0) read(bytes.subarray(0, taken.bytes), taken);
      if (this.#underWay >= MAX_UNDER_WAY) slowed();
    } catch (error) {
      socket.destroy(error as Error);
    } finally {
      this.#isReading = false;
      this.#schedule();
    }
  }

  /** Little at a time: what is put back is copied when more is read with it. */
  #nextBytes(): Buffer | null {
    const { socket } = this.#parts;
    const isAll = socket.readableLength <= PIECE_BYTES;
    // Only who asks for all learns of the connection's end.
    return (isAll ? socket.read() : socket.read(PIECE_BYTES)) as Buffer | null;
  }

  #begin({ bytes, packets, cost, isLonely }: Taken): void {
    // Not a byte was taken: what comes next must be alone, and is not yet.
    this.#isClosed = isLonely || bytes === 0;
    if (packets === 0) return;
    this.#turns.push({ packets, cost });
    this.#underWay += cost;
  }
}
