import { type ChecksumName, checkBytes, checksums } from "./checksums.ts";
import { hexOf, type Message, type Splitter } from "./message.ts";

/** How the frames of a device are told from noise, and from each other. */
export interface FrameForm {
  /** What each answer begins with. */
  readonly header: Uint8Array;
  /** What follows the check. */
  readonly trailer: Uint8Array;
  readonly extent: FrameExtent;
  readonly checksum: ChecksumName | undefined;
  readonly checksumOrder: "big" | "little" | undefined;
  /** The first byte that the check covers. */
  readonly checksumFrom: number;
}

/** Where a frame ends. */
export type FrameExtent =
  /** All frames are of this length. */
  | { readonly kind: "fixed"; readonly length: number }
  /** A field tells the length; with `adds` it is that of the whole frame. */
  | {
      readonly kind: "field";
      readonly at: number;
      readonly bytes: 1 | 2;
      readonly order: "big" | "little";
      readonly adds: number;
    }
  /** These bytes come before the check. */
  | { readonly kind: "mark"; readonly mark: Uint8Array };

export const MAX_FRAME_BYTES = 1024;

/** Frames of bytes. What is none is skipped byte by byte. */
export class FrameSplitter implements Splitter {
  readonly #form: FrameForm;
  #rest: Buffer = Buffer.alloc(0);

  constructor(form: FrameForm) {
    this.#form = form;
  }

  push(bytes: Uint8Array): Message[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const frames: Message[] = [];
    let begin = 0;
    let at = 0;
    while (at < all.length) {
      const length = this.#lengthAt(all, at);
      if (length === "incomplete" && !this.#looksOn) break;
      if (typeof length === "number") {
        const frame = all.subarray(at, at + length);
        frames.push({ bytes: frame, text: hexOf(frame) });
        at += length;
        begin = at;
      } else {
        // Noise that looks like a beginning must not hold back a frame that is there.
        if (length === "none" && begin === at) begin = at + 1;
        at += 1;
      }
    }
    this.#rest = all.subarray(Math.max(begin, all.length - MAX_FRAME_BYTES));
    return frames;
  }

  /** Only a strong check tells a frame inside what seems to be another one from chance. */
  get #looksOn(): boolean {
    const { checksum } = this.#form;
    return checksum !== undefined && checksums[checksum].size >= 2;
  }

  /** The length of the good frame that begins here. */
  #lengthAt(all: Buffer, at: number): number | "incomplete" | "none" {
    const rest = all.subarray(at);
    const { header } = this.#form;
    const seen = rest.subarray(0, header.length);
    if (!seen.equals(header.subarray(0, seen.length))) return "none";
    if (seen.length < header.length) return "incomplete";
    const length = this.#extentOf(rest);
    if (typeof length !== "number") return length;
    if (length < this.#least || length > MAX_FRAME_BYTES) return "none";
    if (length > rest.length) return "incomplete";
    return this.#isSound(rest.subarray(0, length)) ? length : "none";
  }

  get #tail(): number {
    const { checksum, trailer } = this.#form;
    return (checksum ? checksums[checksum].size : 0) + trailer.length;
  }

  get #least(): number {
    return Math.max(1, this.#form.header.length + this.#tail);
  }

  #extentOf(rest: Buffer): number | "incomplete" | "none" {
    const { extent, header } = this.#form;
    if (extent.kind === "fixed") return extent.length;
    if (extent.kind === "mark") {
      const at = rest.indexOf(extent.mark, header.length);
      if (at >= 0) return at + extent.mark.length + this.#tail;
      return rest.length > MAX_FRAME_BYTES ? "none" : "incomplete";
    }
    const { at, bytes, order, adds } = extent;
    if (rest.length < at + bytes) return "incomplete";
    const field = order === "big" ? rest.readUIntBE(at, bytes) : rest.readUIntLE(at, bytes);
    return field + adds;
  }

  #isSound(frame: Buffer): boolean {
    const { checksum, checksumOrder, checksumFrom, trailer } = this.#form;
    const end = frame.length - trailer.length;
    if (!frame.subarray(end).equals(trailer)) return false;
    if (!checksum) return true;
    const checkAt = end - checksums[checksum].size;
    const check = checkBytes(checksum, frame.subarray(checksumFrom, checkAt), checksumOrder);
    return frame.subarray(checkAt, end).equals(check);
  }
}
