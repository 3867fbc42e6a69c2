import { MapperkitError } from "@mapperkit/api";

const NEWLINE = 0x0a;

/** Cuts a byte stream into lines of text, wherever its chunks are cut, also within a character. */
export class LineSplitter {
  #partial: Buffer[] = [];
  #partialBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws MapperkitError `invalid_input` when a line grows beyond the limit */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    while (end >= 0) {
      const line = this.#take(chunk.subarray(start, end));
      if (line !== "") yield line;
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Bytes after the last newline: not empty when the stream was cut within a line. */
  get pendingBytes(): number {
    return this.#partialBytes;
  }

  #take(tail: Buffer): string {
    if (this.#partialBytes === 0) return tail.toString("utf8");
    const line = Buffer.concat([...this.#partial, tail]).toString("utf8");
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    this.#partialBytes += rest.length;
    if (this.#partialBytes > this.#maxBytes) {
      throw new MapperkitError(
        "invalid_input",
        `a watch line is longer than ${this.#maxBytes} bytes`,
      );
    }
    this.#partial.push(rest);
  }
}
