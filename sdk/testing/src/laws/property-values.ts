import { isNumericType, numericForms, type PropertyDefinition } from "@mapperkit/api";
import type { Random } from "@mapperkit/runtime";
import type { SimProperty } from "@mapperkit/sim-plant";
import { twinTextOf } from "../bench/twin-text.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
/** Where a manifest says INT without a width, what any device can hold. */
const LOOSE_LIMIT = 2 ** 31;

/** A value that the model allows and the wire can carry exactly; limits come up often. */
export function drawValue(property: SimProperty, random: Random): unknown {
  const { arrayLength } = property.definition;
  if (arrayLength === undefined) return drawOne(property, random);
  return Array.from({ length: arrayLength }, () => drawOne(property, random));
}

/** Simpler values than this one, simplest first. */
export function simplerValues(property: SimProperty, value: unknown): unknown[] {
  const candidates = Array.isArray(value)
    ? value.map((_, index) => value.with(index, simplestOf(property)))
    : simplerOnes(property, value);
  const text = twinTextOf(value);
  return candidates.filter((candidate) => twinTextOf(candidate) !== text);
}

function drawOne(property: SimProperty, random: Random): unknown {
  const { kind, definition } = property;
  if (kind === "struct") return mapFields(property, (field) => drawOne(field, random));
  if (kind === "boolean") return random.next() < 0.5;
  if (kind === "text") return drawText(random, Math.min(12, definition.byteLength ?? 12));
  if (kind === "bytes") {
    const length = definition.byteLength ?? random.int(1, 8);
    return Uint8Array.from({ length }, () => random.int(0, 255));
  }
  if (kind === "bigint") return drawInteger(property, random);
  return drawNumber(property, random);
}

function drawText(random: Random, longest: number): string {
  const length = random.int(1, longest);
  return Array.from({ length }, () => LETTERS[random.int(0, LETTERS.length - 1)]).join("");
}

function drawNumber(property: SimProperty, random: Random): number {
  const { definition } = property;
  const { type, minimum, maximum } = definition;
  const isFloat = isNumericType(type) && numericForms[type].kind === "float";
  if (!isFloat) return engineeringOf(definition, Number(drawInteger(property, random)));
  const low = Math.max(Number(minimum ?? -10_000), -10_000);
  const high = Math.min(Number(maximum ?? 10_000), Math.max(10_000, low));
  const rough = low + random.next() * (high - low);
  return clamp(representable(type, Math.round(rough * 8) / 8), low, high);
}

/** A raw integer within the type and, through scale and offset, within the model's bounds. */
function drawInteger({ kind, definition }: SimProperty, random: Random): bigint {
  const { least, greatest } = rawRange(kind, definition);
  const dice = random.int(0, 9);
  if (dice === 0) return least;
  if (dice === 1) return greatest;
  if (dice === 2 && least <= 0n && greatest >= 0n) return 0n;
  const span = greatest - least;
  const part = BigInt(random.int(0, 2 ** 30)) * 2n ** 30n + BigInt(random.int(0, 2 ** 30));
  return least + (span * part) / (2n ** 60n + 2n ** 31n);
}

function rawRange(kind: SimProperty["kind"], definition: PropertyDefinition) {
  const { type, minimum, maximum, scale = 1, offset = 0 } = definition;
  const form = isNumericType(type) ? numericForms[type] : numericForms.int32;
  const isLoose = kind === "number" && form.bytes === 8;
  let least = isLoose ? BigInt(-LOOSE_LIMIT) : form.least;
  let greatest = isLoose ? BigInt(LOOSE_LIMIT) : form.greatest;
  const rawOf = (bound: number | bigint, round: (value: number) => number) =>
    typeof bound === "bigint" && scale === 1 && offset === 0
      ? bound
      : BigInt(round(Number(((Number(bound) - offset) / scale).toFixed(6))));
  const bounds = scale < 0 ? [maximum, minimum] : [minimum, maximum];
  const [low, high] = bounds;
  if (low !== undefined) least = maxOf(least, rawOf(low, Math.ceil));
  if (high !== undefined) greatest = minOf(greatest, rawOf(high, Math.floor));
  return { least, greatest: maxOf(least, greatest) };
}

/** The engineering value of a raw one, as its shortest decimal. */
function engineeringOf({ scale = 1, offset = 0 }: PropertyDefinition, raw: number): number {
  return Number((raw * scale + offset).toPrecision(12));
}

function representable(type: string, value: number): number {
  if (type === "float32") return Math.fround(value);
  if (type === "float16") return Math.round(value / 8);
  return value;
}

function simplerOnes(property: SimProperty, value: unknown): unknown[] {
  const simplest = simplestOf(property);
  if (property.kind === "struct") return [simplest, ...oneFieldSimpler(property, value)];
  if (typeof value === "number") {
    const { scale, offset } = property.definition;
    const isWhole = scale === undefined && offset === undefined && Number.isInteger(value);
    if (!isWhole) return [simplest];
    const half = Math.trunc((value + Number(simplest)) / 2);
    return [simplest, half, value - Math.sign(value - Number(simplest))];
  }
  if (typeof value === "bigint") return [simplest, (value + BigInt(simplest as bigint)) / 2n];
  if (typeof value === "string") return [simplest, value.slice(0, Math.ceil(value.length / 2))];
  return [simplest];
}

function simplestOf({ kind, definition }: SimProperty): unknown {
  if (kind === "struct") return mapFields({ definition }, simplestOf);
  if (kind === "boolean") return false;
  if (kind === "text") return "A";
  if (kind === "bytes") return new Uint8Array(definition.byteLength ?? 1);
  const { least, greatest } = rawRange(kind, definition);
  const raw = minOf(maxOf(0n, least), greatest);
  return kind === "bigint" ? raw : engineeringOf(definition, Number(raw));
}

/** A struct of something for each of its fields. */
function mapFields(
  { definition: { fields = {} } }: Pick<SimProperty, "definition">,
  make: (field: SimProperty) => unknown,
): Readonly<Record<string, unknown>> {
  const made = Object.entries(fields).map(([name, { type }]) => {
    const isWide = type === "int64" || type === "uint64";
    const kind = type === "boolean" ? type : isWide ? "bigint" : "number";
    return [name, make({ name, kind, definition: { type }, isWritable: true })];
  });
  return Object.fromEntries(made);
}

function oneFieldSimpler(property: SimProperty, value: unknown): unknown[] {
  const given = Object.entries(value as Readonly<Record<string, unknown>>);
  const simplest = mapFields(property, simplestOf);
  return given.map((_, index) =>
    Object.fromEntries(given.map(([name, one], at) => [name, at === index ? simplest[name] : one])),
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
