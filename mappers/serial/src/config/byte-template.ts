import { MapperkitError } from "@mapperkit/api";
import { hexBytes } from "./escapes.ts";

/** What the placeholders of a frame stand for, as bytes. */
export interface ByteValues {
  readonly address: number | undefined;
  readonly value?: Uint8Array;
  /** What the frame's length field says, for a frame of so many bytes before its check. */
  readonly lengthField: (bytesBeforeCheck: number) => Uint8Array;
}

type Part = Uint8Array | "address" | "value" | "length";

/** A frame to send, without its check: `AA 55 {address} {length} 10 {value}`. */
export class ByteTemplate {
  readonly #parts: readonly Part[];

  /** @throws MapperkitError `invalid_input` saying what of it cannot be read */
  constructor(source: string) {
    this.#parts = source
      .split(/(\{[^}]*\})/)
      .filter((text) => text.trim() !== "")
      .map(partOf);
  }

  get hasValue(): boolean {
    return this.#parts.includes("value");
  }

  /** @throws MapperkitError `invalid_input` where the device has no address of one byte */
  fill({ address, value = new Uint8Array(), lengthField }: ByteValues): Uint8Array {
    const bytesOf = (part: Part, length: Uint8Array) => {
      if (part === "value") return value;
      if (part === "length") return length;
      return part === "address" ? Uint8Array.of(addressByte(address)) : part;
    };
    const join = (length: Uint8Array) =>
      Buffer.concat(this.#parts.map((part) => bytesOf(part, length)));
    // The field's own width does not depend on what it says.
    return join(lengthField(join(lengthField(0)).length));
  }
}

function partOf(text: string): Part {
  if (!text.startsWith("{")) return hexBytes(text);
  const name = text.slice(1, -1).trim();
  if (name === "address" || name === "value" || name === "length") return name;
  throw new MapperkitError(
    "invalid_input",
    `has ${text}, expected {address}, {value}, {length} or hex bytes`,
  );
}

function addressByte(address: number | undefined): number {
  if (address !== undefined) return address;
  throw new MapperkitError("invalid_input", "{address} needs an address of 0 to 255");
}
