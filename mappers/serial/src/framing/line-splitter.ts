import type { Message, Splitter } from "./message.ts";

export interface LineForm {
  /** What ends a line that comes from the device. */
  readonly end: Uint8Array;
  readonly encoding: "utf8" | "latin1";
}

const MAX_LINE_BYTES = 4096;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Lines of text. Noise before a line, as drivers of a bus make it when they turn round, is taken
 * off; a line with noise in it is none: half a number is worse than no number.
 */
export class LineSplitter implements Splitter {
  readonly #form: LineForm;
  readonly #end: Buffer;
  #rest: Buffer = Buffer.alloc(0);
  #isSkipping: boolean;

  /** @param isMidway true when the present line began before anybody listened */
  constructor(form: LineForm, isMidway = false) {
    this.#form = form;
    this.#end = Buffer.from(form.end);
    this.#isSkipping = isMidway;
  }

  push(bytes: Uint8Array): Message[] {
    let rest = Buffer.concat([this.#rest, bytes]);
    const messages: Message[] = [];
    for (let at = rest.indexOf(this.#end); at >= 0; at = rest.indexOf(this.#end)) {
      const line = this.#isSkipping ? undefined : this.#lineOf(rest.subarray(0, at));
      this.#isSkipping = false;
      if (line) messages.push(line);
      rest = rest.subarray(at + this.#end.length);
    }
    if (rest.length > MAX_LINE_BYTES) {
      this.#isSkipping = true;
      rest = rest.subarray(rest.length - this.#end.length);
    }
    this.#rest = rest;
    return messages;
  }

  #lineOf(raw: Buffer): Message | undefined {
    let from = 0;
    let to = raw.length;
    while (from < to && isNoise(raw[from])) from += 1;
    while (to > from && (raw[to - 1] === RETURN || raw[to - 1] === NEWLINE)) to -= 1;
    const bytes = raw.subarray(from, to);
    if (bytes.length === 0 || bytes.some(isControl)) return undefined;
    return { bytes, text: bytes.toString(this.#form.encoding) };
  }
}

/** Bytes that no text begins with. 0xfe and 0xff are in no UTF-8. */
function isNoise(byte: number | undefined): boolean {
  return byte !== undefined && (isControl(byte) || byte >= 0xfe);
}

function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09) || byte === 0x7f;
}
