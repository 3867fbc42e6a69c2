/** OPC UA part 6, 7.1.2.2: three letters, one more, and the length of the whole as uint32. */
const HEADER = 8;
/** What is longer is no OPC UA. */
const MOST = 64 * 1024 * 1024;

/** Cuts a stream of OPC UA TCP into its chunks, however the bytes arrive. */
export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Bytes of which no length can be read are handed on as they are. */
  take(bytes: Uint8Array): Buffer[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= HEADER) {
      const length = this.#rest.readUInt32LE(4);
      if (length < HEADER || length > MOST) {
        messages.push(this.#rest);
        this.#rest = Buffer.alloc(0);
        break;
      }
      if (this.#rest.length < length) break;
      messages.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
    return messages;
  }
}
