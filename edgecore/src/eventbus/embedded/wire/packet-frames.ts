/** The remaining length of an MQTT packet is written in four bytes at most (MQTT 3.1.1 §2.2.3). */
const MAX_LENGTH_SHIFT = 21;

/** Follows the borders of MQTT packets in a stream of bytes, without looking into them. */
export class PacketFrames {
  readonly #maxBytes: number;
  /** Bytes of the present packet that are still to come. */
  #missing = 0;
  #isInHeader = false;
  #length = 0;
  #shift = 0;

  /** @param maxBytes what follows a packet's fixed header, at most */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * How many of these bytes, which follow those of the last call, to take now: up to the first
   * border at or behind `enough`, or else all.
   * @throws RangeError when a packet is larger than allowed
   */
  take(bytes: Uint8Array, enough: number): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const step = Math.min(this.#missing, bytes.length - at);
        this.#missing -= step;
        at += step;
      } else {
        this.#readHeader(bytes[at] ?? 0);
        at += 1;
      }
      const isBorder = this.#missing === 0 && !this.#isInHeader;
      if (isBorder && at >= enough) return at;
    }
    return at;
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
