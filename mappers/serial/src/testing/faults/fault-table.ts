import type { SimFault } from "@mapperkit/sim-plant";

/**
 * What becomes of a device that suffers: its values stay Good; they are Bad; it is offline and no
 * value of it is Good; or now this and now that.
 */
export type Expected = "good" | "bad" | "lost" | "either";

export const dialectNames = ["lines", "frames"] as const;
export type DialectName = (typeof dialectNames)[number];

export interface FaultCase {
  readonly name: string;
  readonly fault: SimFault;
  readonly expected: Expected;
  /** Where a dialect makes another thing of it. */
  readonly on?: Readonly<Partial<Record<DialectName, Expected | "cannot be">>>;
  /** It strikes the whole line: the neighbour suffers too. */
  readonly isOfLine?: boolean;
  /** Values are wrong by intention: their age cannot be told. */
  readonly isOfValues?: boolean;
}

/** Shorter and longer than the mapper waits. */
export const SLOW_MS = 30;
export const TOO_SLOW_MS = 180;

/** Codes that devices of this kind have for what they will not do. */
const refusals: FaultCase[] = [1, 2, 3, 4, 5, 6].map((code) => ({
  name: `error ${code}`,
  fault: { kind: "exception", code },
  expected: "bad",
}));

/** Each fault alone, on one of two devices of a line. */
export const faultTable: readonly FaultCase[] = [
  { name: "silent", fault: { kind: "silent" }, expected: "lost" },
  { name: "silent now and then", fault: { kind: "silent", p: 0.3 }, expected: "either" },
  { name: "drop", fault: { kind: "drop" }, expected: "lost", isOfLine: true },
  { name: "slow", fault: { kind: "latency", ms: SLOW_MS }, expected: "good" },
  { name: "too slow", fault: { kind: "latency", ms: TOO_SLOW_MS }, expected: "lost" },
  { name: "slow by chance", fault: { kind: "latency", ms: 50, jitter: 60 }, expected: "either" },
  { name: "split", fault: { kind: "split", bytes: 1 }, expected: "good" },
  { name: "truncated", fault: { kind: "truncate" }, expected: "lost" },
  {
    ...{ name: "garbage before an answer", fault: { kind: "garbage" }, expected: "good" },
    // A line has nothing by which its beginning would be known.
    on: { lines: "bad" },
  },
  {
    ...{ name: "bad check", fault: { kind: "badCrc" }, expected: "lost" },
    on: { lines: "cannot be" },
  },
  {
    ...{ name: "wrong address", fault: { kind: "wrongUnit" }, expected: "lost" },
    on: { lines: "cannot be" },
  },
  { name: "busy", fault: { kind: "busy" }, expected: "bad" },
  ...refusals,
  {
    ...{ name: "half-open connection", fault: { kind: "halfOpen" }, expected: "either" },
    isOfLine: true,
  },
  { name: "refused", fault: { kind: "refused" }, expected: "lost", isOfLine: true },
  { name: "restart", fault: { kind: "restart", for: "10s" }, expected: "lost", isOfLine: true },
  { name: "stuck", fault: { kind: "stuck", property: "age" }, expected: "good", isOfValues: true },
  { name: "drift", fault: { kind: "drift", property: "age" }, expected: "good", isOfValues: true },
  { name: "spike", fault: { kind: "spike", property: "age" }, expected: "good", isOfValues: true },
  {
    name: "bad quality",
    fault: { kind: "quality", property: "age", quality: "Bad" },
    expected: "bad",
  },
  {
    name: "uncertain quality, for which a line has no word",
    fault: { kind: "quality", property: "age", quality: "Uncertain" },
    expected: "good",
  },
];

export function expectedOn(dialect: DialectName, { on, expected }: FaultCase) {
  return on?.[dialect] ?? expected;
}
