import { MapperkitError } from "@mapperkit/api";
import type { Panel, Spoiling, WireRequest } from "@mapperkit/sim-plant";
import type { PropertyWords } from "../words/device-words.ts";
import { sampleOf } from "../words/sample-of.ts";
import { bytesOf, piecesOf } from "../words/template.ts";
import { checkOf } from "./frame-check.ts";
import { bytesOfValue, valueOfBytes, widthOf } from "./number-bytes.ts";
import type { DescribedDevice, DescribedProperty, SpokenDevice } from "./spoken-device.ts";

/** A request that the device knows: bytes, and where in them a value is. */
interface KnownRequest {
  readonly own: DescribedProperty;
  readonly bytes: Buffer;
  readonly valueAt: number | undefined;
}

/** What a pattern of hex leaves open. */
const ZEROS = { anything: "", any: "0" };
/** Longest request that is waited for. */
const MAX_REQUEST_BYTES = 512;

/** A device that speaks in frames of bytes. */
export class FrameDevice implements SpokenDevice {
  readonly spoils: readonly Spoiling[];
  readonly #device: DescribedDevice;
  readonly #requests: readonly KnownRequest[];

  /** @throws MapperkitError `invalid_input` with `details.property` and `details.key` */
  constructor(device: DescribedDevice) {
    this.#device = device;
    const { checksum, addressAt } = device.words;
    this.spoils = [
      ...(checksum === undefined ? [] : (["badCrc"] as const)),
      ...(addressAt === undefined ? [] : (["wrongUnit"] as const)),
    ];
    this.#requests = device.properties.flatMap((own) => requestsOf(own));
  }

  open(): (bytes: Uint8Array) => readonly WireRequest[] {
    let heard: Buffer = Buffer.alloc(0);
    return (bytes) => {
      heard = Buffer.concat([heard, bytes]);
      const requests: WireRequest[] = [];
      while (heard.length > 0) {
        const known = this.#requests.find((one) => isAt(one, heard));
        if (known) {
          const frame = heard.subarray(0, known.bytes.length);
          requests.push(this.#request(known, Buffer.from(frame)));
          heard = heard.subarray(frame.length);
        } else if (this.#requests.some((one) => mayBecome(one, heard))) {
          break;
        } else {
          heard = heard.subarray(1);
        }
      }
      heard = heard.subarray(-MAX_REQUEST_BYTES);
      return requests;
    };
  }

  spoil(answer: Uint8Array, how: Spoiling): Uint8Array | undefined {
    const { words } = this.#device;
    const { checksum, addressAt } = words;
    const spoilt = Buffer.from(answer);
    const trailer = bytesOf(words.trailer).length;
    if (how === "badCrc" && checksum !== undefined) {
      const at = spoilt.length - trailer - 1;
      spoilt[at] = (spoilt[at] ?? 0) ^ 0xff;
      return spoilt;
    }
    if (how !== "wrongUnit" || addressAt === undefined) return undefined;
    spoilt[addressAt] = ((spoilt[addressAt] ?? 0) + 1) & 0xff;
    const body = spoilt.subarray(0, spoilt.length - trailer - checkSize(words));
    return finished(words, body);
  }

  #request({ own, valueAt }: KnownRequest, frame: Buffer): WireRequest {
    const { unit } = this.#device;
    const echo = own.words.echo ? frame : Buffer.alloc(0);
    const respond = (panel: Panel) => {
      const answer =
        valueAt === undefined
          ? this.#reading(own, frame, panel)
          : this.#obey(own, frame, valueAt, panel);
      const all = Buffer.concat([echo, answer ?? Buffer.alloc(0)]);
      return all.length === 0 ? undefined : all;
    };
    return { unit, respond };
  }

  /** The answer to a query holds the values of all properties that ask for it. */
  #reading(own: DescribedProperty, frame: Buffer, panel: Panel): Buffer | undefined {
    const together = this.#requests
      .filter(({ bytes, valueAt }) => valueAt === undefined && bytes.equals(frame))
      .map((request) => request.own);
    const { words } = own;
    const ends = together.map((one) => one.words.at + widthOf(one.words));
    const body = beginning(words, Math.max(...ends));
    for (const { property, words: place } of together) {
      const reading = panel.read(property.name);
      if ("refusal" in reading) return refusalOf(own);
      const bytes = bytesOfValue(place, reading.value);
      if (place.bit === undefined) bytes.copy(body, place.at);
      else
        for (const [i, byte] of bytes.entries())
          body[place.at + i] = (body[place.at + i] ?? 0) | byte;
    }
    return finished(words, body);
  }

  #obey(own: DescribedProperty, frame: Buffer, valueAt: number, panel: Panel): Buffer | undefined {
    const { words, property } = own;
    const given = frame.subarray(valueAt, valueAt + widthOf(words));
    const raw = valueOfBytes(words, given);
    const value = property.kind === "bigint" ? BigInt(raw as number) : raw;
    const refusal = panel.write(property.name, value);
    if (refusal !== undefined) return refusalOf(own);
    return words.acknowledge === undefined ? undefined : fromHex(words, words.acknowledge);
  }
}

function requestsOf(own: DescribedProperty): KnownRequest[] {
  const { query, command } = own.words;
  try {
    const made = [
      ...(query === undefined ? [] : [requestOf(own, query)]),
      ...(command === undefined ? [] : [requestOf(own, command)]),
    ];
    for (const key of ["acknowledge", "refusal"] as const) {
      const pattern = own.words[key];
      if (pattern !== undefined && sampleOf(pattern, ZEROS) === undefined) {
        throw new MapperkitError(
          "invalid_input",
          `${key} is ${pattern}, to which there is no frame`,
        );
      }
    }
    return made;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const { name } = own.property;
    const message = `properties[${name}].visitors ${why}`;
    throw new MapperkitError("invalid_input", message, { cause, details: { property: name } });
  }
}

function requestOf(own: DescribedProperty, template: string): KnownRequest {
  const { words } = own;
  const chunks: Buffer[] = [];
  let valueAt: number | undefined;
  let lengthAt: number | undefined;
  for (const piece of piecesOf(template)) {
    const at = Buffer.concat(chunks).length;
    if ("text" in piece) chunks.push(bytesOf(piece.text));
    else if (piece.place === "address") chunks.push(Buffer.of(Number(words.address) & 0xff));
    else if (piece.place === "length") {
      lengthAt = at;
      chunks.push(Buffer.alloc(words.lengthBytes));
    } else {
      valueAt = at;
      chunks.push(Buffer.alloc(widthOf(words)));
    }
  }
  const body = Buffer.concat(chunks);
  if (lengthAt !== undefined) writeLength(words, body, lengthAt);
  return { own, bytes: finished(words, body), valueAt };
}

/** An answer of zeros with what each answer has in front. */
function beginning(words: PropertyWords, end: number): Buffer {
  const { frameLength, header, addressAt, address, frameEnd } = words;
  const tail = checkSize(words) + bytesOf(words.trailer).length;
  const mark = frameEnd === undefined ? Buffer.alloc(0) : bytesOf(frameEnd);
  const start = bytesOf(header);
  const least = Math.max(end, start.length, (addressAt ?? -1) + 1, lengthEnd(words));
  const body = Buffer.alloc(frameLength === undefined ? least + mark.length : frameLength - tail);
  start.copy(body);
  if (addressAt !== undefined) body[addressAt] = Number(address);
  if (words.lengthAt !== undefined) writeLength(words, body, words.lengthAt);
  mark.copy(body, body.length - mark.length);
  return body;
}

function fromHex(words: PropertyWords, pattern: string): Buffer | undefined {
  const sample = sampleOf(pattern, ZEROS);
  if (sample === undefined) return undefined;
  const said = bytesOf(sample);
  const body = beginning(words, said.length);
  said.copy(body);
  if (words.addressAt !== undefined) body[words.addressAt] = Number(words.address);
  if (words.lengthAt !== undefined) writeLength(words, body, words.lengthAt);
  return finished(words, body);
}

function refusalOf({ words }: DescribedProperty): Buffer | undefined {
  return words.refusal === undefined ? undefined : fromHex(words, words.refusal);
}

function writeLength(words: PropertyWords, body: Buffer, at: number): void {
  const total = body.length + checkSize(words) + bytesOf(words.trailer).length;
  const field = Math.max(0, total - words.lengthAdds);
  if (words.lengthOrder === "big") body.writeUIntBE(field, at, words.lengthBytes);
  else body.writeUIntLE(field, at, words.lengthBytes);
}

function lengthEnd({ lengthAt, lengthBytes }: PropertyWords): number {
  return lengthAt === undefined ? 0 : lengthAt + lengthBytes;
}

function finished(
  words: Pick<PropertyWords, "checksum" | "checksumFrom" | "checksumOrder" | "trailer">,
  body: Buffer,
): Buffer {
  const { checksum, checksumFrom, checksumOrder, trailer } = words;
  const check =
    checksum === undefined
      ? Buffer.alloc(0)
      : checkOf(checksum, body.subarray(checksumFrom), checksumOrder);
  return Buffer.concat([body, check, bytesOf(trailer)]);
}

function checkSize({ checksum }: Pick<PropertyWords, "checksum">): number {
  return checksum === undefined ? 0 : checkOf(checksum, Buffer.alloc(0), undefined).length;
}

/** Whether a request begins here; its check is judged where a value makes it different each time. */
function isAt({ own, bytes, valueAt }: KnownRequest, heard: Buffer): boolean {
  if (heard.length < bytes.length) return false;
  const frame = heard.subarray(0, bytes.length);
  if (valueAt === undefined) return frame.equals(bytes);
  const { words } = own;
  const tail = checkSize(words) + bytesOf(words.trailer).length;
  const bodyEnd = bytes.length - tail;
  const afterValue = valueAt + widthOf(words);
  return (
    frame.subarray(0, valueAt).equals(bytes.subarray(0, valueAt)) &&
    frame.subarray(afterValue, bodyEnd).equals(bytes.subarray(afterValue, bodyEnd)) &&
    frame.equals(finished(words, frame.subarray(0, bodyEnd)))
  );
}

function mayBecome({ bytes, valueAt = bytes.length }: KnownRequest, heard: Buffer): boolean {
  if (heard.length >= bytes.length) return false;
  const fixed = Math.min(heard.length, valueAt);
  return heard.subarray(0, fixed).equals(bytes.subarray(0, fixed));
}
