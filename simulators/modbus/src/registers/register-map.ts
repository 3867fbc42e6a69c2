import { MapperkitError, type Space } from "@mapperkit/api";
import type { Panel, Refusal, SimProperty } from "@mapperkit/sim-plant";
import type { DeviceQuirks } from "../pdu/device-quirks.ts";
import { type Exception, exceptions } from "../pdu/exception.ts";
import type { Memory } from "../pdu/memory.ts";
import { type PlacedProperty, placeProperty } from "./placed-property.ts";
import { registersOf, sentinelOf, valueBehind } from "./register-codec.ts";

/** Bytes of an address in a Memory: bits have one, registers two. */
const WIDTH: Readonly<Record<Space, 1 | 2>> = {
  coil: 1,
  discreteInput: 1,
  inputRegister: 2,
  holdingRegister: 2,
};
const EXCEPTION_OF = {
  busy: exceptions.deviceBusy,
  noSuchProperty: exceptions.illegalDataAddress,
  readOnly: exceptions.illegalDataAddress,
  illegalValue: exceptions.illegalDataValue,
  badQuality: exceptions.deviceFailure,
} as const;
const illegalAddress: Exception = { exception: exceptions.illegalDataAddress };
const NOBODY: readonly PlacedProperty[] = [];

/** Which property lives at which address of one device. */
export class RegisterMap {
  readonly #owners = new Map<Space, Map<number, PlacedProperty[]>>();
  readonly #quirks: DeviceQuirks;

  /** @throws MapperkitError `invalid_input` naming a property that has no place, or another's */
  constructor(properties: readonly SimProperty[], quirks: DeviceQuirks = {}) {
    this.#quirks = quirks;
    for (const property of properties) this.#place(placeProperty(property));
  }

  /** The device's spaces, filled by what its panel shows. */
  behind(panel: Panel): Memory {
    return {
      read: (space, start, count) => this.#read(panel, space, start, count),
      write: (space, start, data) => this.#write(panel, space, start, data),
    };
  }

  #place(placed: PlacedProperty): void {
    const owners = this.#owners.get(placed.space) ?? new Map<number, PlacedProperty[]>();
    this.#owners.set(placed.space, owners);
    for (let address = placed.start; address < placed.end; address += 1) {
      const others = owners.get(address) ?? [];
      const clash = others.find((other) => !areApartBits(other, placed));
      if (clash) throw overlap(placed, clash);
      owners.set(address, [...others, placed]);
    }
  }

  #read(panel: Panel, space: Space, start: number, count: number): Uint8Array | Exception {
    const owners = this.#owners.get(space);
    if (!this.#isReadable(owners, start, count)) return illegalAddress;
    const width = WIDTH[space];
    const bytes = new Uint8Array(count * width);
    for (const placed of ownersOf(owners, start, count)) {
      const own = imageOf(panel, placed);
      if ("exception" in own) return own;
      merge(bytes, start * width, own, placed.start * width);
    }
    return bytes;
  }

  #write(
    panel: Panel,
    space: "coil" | "holdingRegister",
    start: number,
    data: Uint8Array,
  ): Exception | undefined {
    const width = WIDTH[space];
    const count = data.length / width;
    const owners = this.#owners.get(space);
    const meant = ownersOf(owners, start, count);
    const isKnown = this.#isCovered(owners, start, count);
    // All of it or nothing, as far as that can be known before.
    if (!isKnown || meant.some(({ property }) => !property.isWritable)) return illegalAddress;
    for (const placed of meant) {
      const refused = writeOne(panel, placed, data, start * width, width);
      if (refused) return refused;
    }
    return undefined;
  }

  #isReadable(
    owners: ReadonlyMap<number, readonly PlacedProperty[]> | undefined,
    start: number,
    count: number,
  ): boolean {
    const { neverRead = [], wholeValuesOnly = false } = this.#quirks;
    const end = start + count;
    if (neverRead.some(([first, last]) => first < end && last >= start)) return false;
    if (!this.#isCovered(owners, start, count)) return false;
    const cut = (placed: PlacedProperty) => placed.start < start || placed.end > end;
    return !wholeValuesOnly || !ownersOf(owners, start, count).some(cut);
  }

  #isCovered(
    owners: ReadonlyMap<number, readonly PlacedProperty[]> | undefined,
    start: number,
    count: number,
  ): boolean {
    if (this.#quirks.gaps === "zero") return true;
    for (let address = start; address < start + count; address += 1) {
      if (!owners?.has(address)) return false;
    }
    return true;
  }
}

function ownersOf(
  owners: ReadonlyMap<number, readonly PlacedProperty[]> | undefined,
  start: number,
  count: number,
): readonly PlacedProperty[] {
  const found: PlacedProperty[] = [];
  let last: readonly PlacedProperty[] = NOBODY;
  for (let address = start; address < start + count; address += 1) {
    const here = owners?.get(address) ?? NOBODY;
    for (const placed of here) {
      if (!last.includes(placed)) found.push(placed);
    }
    last = here;
  }
  return found;
}

/** All the addresses of a property as they stand now. */
function imageOf(panel: Panel, { property, space }: PlacedProperty): Uint8Array | Exception {
  const reading = panel.read(property.name);
  if (!("refusal" in reading)) return bytesOf(property, space, reading.value);
  const sentinel = reading.refusal === "badQuality" ? sentinelOf(property) : undefined;
  return sentinel ?? exceptionOf(reading.refusal);
}

function bytesOf(property: SimProperty, space: Space, value: unknown): Uint8Array {
  if (WIDTH[space] === 2) return registersOf(property, value);
  const bits: readonly unknown[] = Array.isArray(value) ? value : [value];
  return Uint8Array.from(bits, (bit) => (bit === true ? 1 : 0));
}

function writeOne(
  panel: Panel,
  placed: PlacedProperty,
  data: Uint8Array,
  dataStart: number,
  width: 1 | 2,
): Exception | undefined {
  const { property, start, end } = placed;
  const bytes = new Uint8Array((end - start) * width);
  const isWhole = dataStart <= start * width && dataStart + data.length >= end * width;
  if (!isWhole) {
    const current = imageOf(panel, placed);
    if ("exception" in current) return current;
    bytes.set(current);
  }
  overlay(bytes, start * width, data, dataStart);
  const value = width === 2 ? valueBehind(property, bytes) : bitsOf(property, bytes);
  if (value === undefined) return exceptionOf("illegalValue");
  const refusal = panel.write(property.name, value);
  return refusal === undefined ? undefined : exceptionOf(refusal);
}

function bitsOf({ definition }: SimProperty, bytes: Uint8Array): unknown {
  const bits = Array.from(bytes, (byte) => byte !== 0);
  return definition.arrayLength === undefined ? bits[0] : bits;
}

function exceptionOf(refusal: Refusal): Exception {
  return { exception: typeof refusal === "object" ? refusal.code : EXCEPTION_OF[refusal] };
}

/** Adds the bytes of `own` that lie inside `bytes`; bits of one register come from several owners. */
function merge(bytes: Uint8Array, bytesAt: number, own: Uint8Array, ownAt: number): void {
  const from = Math.max(bytesAt, ownAt);
  const to = Math.min(bytesAt + bytes.length, ownAt + own.length);
  for (let at = from; at < to; at += 1) {
    bytes[at - bytesAt] = (bytes[at - bytesAt] ?? 0) | (own[at - ownAt] ?? 0);
  }
}

function overlay(bytes: Uint8Array, bytesAt: number, data: Uint8Array, dataAt: number): void {
  const from = Math.max(bytesAt, dataAt);
  const to = Math.min(bytesAt + bytes.length, dataAt + data.length);
  bytes.set(data.subarray(from - dataAt, Math.max(from, to) - dataAt), from - bytesAt);
}

function areApartBits(one: PlacedProperty, other: PlacedProperty): boolean {
  const bits = [one.property.definition.bit, other.property.definition.bit];
  return bits[0] !== undefined && bits[1] !== undefined && bits[0] !== bits[1];
}

function overlap({ property, start }: PlacedProperty, other: PlacedProperty): MapperkitError {
  const field = `properties[${property.name}].visitors.address`;
  const message = `${field} is ${start}, which "${other.property.name}" fills already`;
  return new MapperkitError("invalid_input", message, { details: { field } });
}
