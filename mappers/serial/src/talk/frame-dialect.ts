import { MapperkitError, type PropertyType } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";
import { ByteTemplate } from "../config/byte-template.ts";
import { hexBytes } from "../config/escapes.ts";
import { Pattern } from "../config/pattern.ts";
import type { SerialVisitor } from "../config/serial-visitor.ts";
import { addressOf, type SpeechSettings } from "../config/speech-keys.ts";
import { checkBytes, checksums } from "../framing/checksums.ts";
import { type FrameExtent, type FrameForm, FrameSplitter } from "../framing/frame-splitter.ts";
import type { Message, Splitter } from "../framing/message.ts";
import { type ByteForm, decodeBytes, encodeBytes, sizeOf } from "../values/byte-value.ts";
import type { Dialect } from "./dialect.ts";

/** Frames of bytes. */
export class FrameDialect implements Dialect {
  readonly query: Uint8Array | undefined;
  readonly confirm: Uint8Array | undefined;
  readonly splitterKey: string;
  readonly #form: FrameForm;
  readonly #address: number | undefined;
  readonly #addressAt: number | undefined;
  readonly #command: ByteTemplate | undefined;
  readonly #pattern: Pattern | undefined;
  readonly #value: ByteForm;
  readonly #at: number;
  readonly #echoes: boolean;

  constructor(visitor: SerialVisitor) {
    const { query, command, confirm, pattern, dataType = "bytes" } = visitor;
    this.#form = frameFormOf(visitor);
    this.#address = addressOf(visitor.address);
    this.#addressAt = visitor.addressAt;
    this.#command = command === undefined ? undefined : new ByteTemplate(command);
    this.#pattern = pattern === undefined ? undefined : new Pattern(pattern);
    const { byteOrder = "ABCD", bit, byteLength } = visitor;
    this.#value = { type: dataType, byteOrder, bit, byteLength };
    this.#at = visitor.at ?? 0;
    this.#echoes = visitor.echo ?? false;
    this.query = query === undefined ? undefined : this.#fill(new ByteTemplate(query));
    this.confirm = confirm === undefined ? undefined : this.#fill(new ByteTemplate(confirm));
    this.splitterKey = JSON.stringify(this.#form);
  }

  get canWrite(): boolean {
    return this.#command !== undefined;
  }

  splitter(): Splitter {
    return new FrameSplitter(this.#form);
  }

  command(value: PropertyValue): Uint8Array {
    if (!this.#command) throw new MapperkitError("unsupported", "there is no command");
    return this.#fill(this.#command, encodeBytes(this.#value, value));
  }

  isOthers({ bytes }: Message, request: Uint8Array): boolean {
    if (this.#echoes && Buffer.from(bytes).equals(request)) return true;
    return this.#addressAt !== undefined && bytes[this.#addressAt] !== this.#address;
  }

  valueIn({ bytes, text }: Message, _type: PropertyType): PropertyValue | undefined {
    if (this.#pattern && this.#pattern.find(text) === undefined) return undefined;
    const part = bytes.subarray(this.#at, this.#at + sizeOf(this.#value));
    if (part.length === sizeOf(this.#value)) return decodeBytes(this.#value, part);
    const message = `the answer ${text} is too short: the value begins at ${this.#at}`;
    throw new MapperkitError("invalid_input", message, { details: { reason: "protocolError" } });
  }

  #fill(template: ByteTemplate, value?: Uint8Array): Uint8Array {
    const { checksum, checksumFrom, checksumOrder, trailer, extent } = this.#form;
    const tail = (checksum ? checksums[checksum].size : 0) + trailer.length;
    const body = template.fill({
      address: this.#address,
      ...(value && { value }),
      lengthField: (length) => lengthBytes(extent, length + tail),
    });
    const check = checksum ? checkBytes(checksum, body.subarray(checksumFrom), checksumOrder) : [];
    return Buffer.concat([body, Uint8Array.from(check), trailer]);
  }
}

function frameFormOf(settings: SpeechSettings): FrameForm {
  const { header = "", trailer = "", checksum, checksumOrder, checksumFrom = 0 } = settings;
  return {
    ...{ header: hexBytes(header), trailer: hexBytes(trailer), extent: extentOf(settings) },
    ...{ checksum, checksumOrder, checksumFrom },
  };
}

function extentOf(settings: SpeechSettings): FrameExtent {
  const { frameLength, lengthAt, lengthBytes = 1, lengthOrder = "big", lengthAdds = 0 } = settings;
  if (frameLength !== undefined) return { kind: "fixed", length: frameLength };
  if (lengthAt === undefined) return { kind: "mark", mark: hexBytes(settings.frameEnd ?? "") };
  const bytes = lengthBytes === 2 ? 2 : 1;
  return { kind: "field", at: lengthAt, bytes, order: lengthOrder, adds: lengthAdds };
}

function lengthBytes(extent: FrameExtent, frameLength: number): Uint8Array {
  if (extent.kind !== "field") return Uint8Array.of(frameLength & 0xff);
  const field = Buffer.alloc(extent.bytes);
  const length = Math.max(0, frameLength - extent.adds);
  if (extent.order === "big") field.writeUIntBE(length, 0, extent.bytes);
  else field.writeUIntLE(length, 0, extent.bytes);
  return field;
}
