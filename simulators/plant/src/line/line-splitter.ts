/** A line without its end, or the news that one was too long to keep. */
export type Line = { readonly text: string } | "too long";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts a stream of bytes into lines that end with `\n` or `\r\n`. A line longer than `maxBytes` is
 * reported once, as soon as it is, and the rest of it is thrown away.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #partial: Buffer = Buffer.alloc(0);
  #isSkipping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#endLine(bytes.subarray(from, end), lines);
      from = end + 1;
    }
    this.#keep(bytes.subarray(from), lines);
    return lines;
  }

  #endLine(tail: Buffer, lines: Line[]): void {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    const whole = this.#partial.length === 0 ? tail : Buffer.concat([this.#partial, tail]);
    this.#partial = Buffer.alloc(0);
    const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    lines.push(line.length > this.#maxBytes ? "too long" : { text: line.toString("utf8") });
  }

  #keep(tail: Buffer, lines: Line[]): void {
    if (this.#isSkipping || tail.length === 0) return;
    // One more for a carriage return that may belong to the end of a line of just the right length.
    if (this.#partial.length + tail.length > this.#maxBytes + 1) {
      this.#partial = Buffer.alloc(0);
      this.#isSkipping = true;
      lines.push("too long");
      return;
    }
    this.#partial = Buffer.concat([this.#partial, tail]);
  }
}
