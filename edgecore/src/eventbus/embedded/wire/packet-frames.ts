/** The remaining length of an MQTT packet is written in four bytes at most (MQTT 3.1.1 §2.2.3). */
const MAX_LENGTH_SHIFT = 21;

/** What the smallest packet costs beside its bytes */
const PACKET_COST = 128;

/** CONNECT, SUBSCRIBE, UNSUBSCRIBE and DISCONNECT: what comes before and after may not overtake them. */
const LONELY: ReadonlySet<number> = new Set([1, 8, 10, 14]);

export interface Taken {
  readonly bytes: number;
  /** Packets whose last byte is among them */
  readonly packets: number;
  /** The bytes, and what each packet costs beside them */
  readonly cost: number;
  /** The packet is one of those with which nothing else may be under way. */
  readonly isLonely: boolean;
  /** Where the first packet that begins among them begins; at their end if none does. */
  readonly firstBorder: number;
  /** Behind the last packet that is whole; where the first one begins if none is. */
  readonly lastBorder: number;
}

/** Follows the borders of MQTT packets in a stream of bytes, without looking into them. */
export class PacketFrames {
  readonly #maxBytes: number;
  /** Bytes of the present packet that are still to come. */
  #missing = 0;
  #isInHeader = false;
  #isLonely = false;
  #length = 0;
  #shift = 0;

  /** @param maxBytes what follows a packet's fixed header, at most */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * How many of these bytes, which follow those of the last call, to take now: up to the border
   * where their cost is `enough`, or to a packet that has to be alone, or else all.
   * @param mayBeLonely whether a packet that has to be alone may come now
   * @throws RangeError when a packet is larger than allowed
   */
  take(bytes: Uint8Array, enough: number, mayBeLonely = true): Taken {
    let at = 0;
    let packets = 0;
    let firstBorder = this.#isBorder ? 0 : -1;
    let lastBorder = firstBorder;
    let isLonely = false;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (this.#isBorder && LONELY.has(byte >> 4)) {
        if (at > 0 || !mayBeLonely) break;
        this.#isLonely = true;
      }
      at += this.#advance(byte, bytes.length - at);
      if (!this.#isBorder) continue;
      packets += 1;
      lastBorder = at;
      if (firstBorder < 0) firstBorder = at;
      isLonely = this.#isLonely;
      this.#isLonely = false;
      if (isLonely || costOf(at, packets) >= enough) break;
    }
    if (firstBorder < 0) firstBorder = lastBorder = at;
    return { bytes: at, packets, cost: costOf(at, packets), isLonely, firstBorder, lastBorder };
  }

  get #isBorder(): boolean {
    return this.#missing === 0 && !this.#isInHeader;
  }

  #advance(byte: number, available: number): number {
    if (this.#missing > 0) {
      const step = Math.min(this.#missing, available);
      this.#missing -= step;
      return step;
    }
    this.#readHeader(byte);
    return 1;
  }

  #readHeader(byte: number): void {
    if (!this.#isInHeader) {
      this.#isInHeader = true;
      this.#length = 0;
      this.#shift = 0;
      return;
    }
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    if (this.#length > this.#maxBytes) {
      throw new RangeError(`packet larger than ${this.#maxBytes} bytes`);
    }
    if (byte < 0x80) {
      this.#isInHeader = false;
      this.#missing = this.#length;
    } else if (this.#shift === MAX_LENGTH_SHIFT) {
      throw new RangeError("packet length of more than four bytes");
    }
    this.#shift += 7;
  }
}

function costOf(bytes: number, packets: number): number {
  return bytes + packets * PACKET_COST;
}
