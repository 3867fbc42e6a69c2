import { MapperkitError } from "@mapperkit/api";

const MAX_LINE_BYTES = 65_536;

/** Cuts a stream of bytes into lines, however it arrives. With eol `\n`, CRLF is taken too. */
export class LineSplitter {
  readonly #eol: string;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(eol: string) {
    this.#eol = eol;
  }

  /** @throws MapperkitError `invalid_input` when a line has no end within 64 KiB */
  push(bytes: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(this.#eol);
    this.#rest = parts.pop() ?? "";
    if (this.#rest.length > MAX_LINE_BYTES) {
      throw new MapperkitError("invalid_input", `line longer than ${MAX_LINE_BYTES} bytes`);
    }
    return this.#eol === "\n" ? parts.map((line) => line.replace(/\r$/, "")) : parts;
  }
}
