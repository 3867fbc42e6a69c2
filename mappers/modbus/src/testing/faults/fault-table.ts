import type { SimFault } from "@mapperkit/sim-plant";

/**
 * What becomes of a device that suffers: its values stay Good; they are Bad; it is offline and no
 * value of it is Good; or now this and now that.
 */
export type Expected = "good" | "bad" | "lost" | "either";

export interface FaultCase {
  readonly name: string;
  readonly fault: SimFault;
  readonly expected: Expected;
  /** Where a wire makes another thing of it. */
  readonly on?: Readonly<Partial<Record<WireName, Expected | "cannot be">>>;
  /** Wires on which it strikes all units of the bus: their neighbour suffers too. */
  readonly isOfBus?: readonly WireName[];
  /** Values are wrong by intention: their age cannot be told. */
  readonly isOfValues?: boolean;
}

export const wireNames = ["tcp", "rtu-over-tcp", "rtu"] as const;
export type WireName = (typeof wireNames)[number];

const exceptions: FaultCase[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((code) => ({
  name: `exception ${code}`,
  fault: { kind: "exception", code },
  // A gateway says with 10 and 11 that the unit is not there.
  expected: code >= 10 ? "lost" : "bad",
}));

/** Shorter and longer than the mapper waits. */
export const SLOW_MS = 30;
export const TOO_SLOW_MS = 180;

const STREAMS: readonly WireName[] = ["tcp", "rtu-over-tcp"];
const ALL: readonly WireName[] = [...STREAMS, "rtu"];

/** Each fault alone, on one of two units of a bus. */
export const faultTable: readonly FaultCase[] = [
  { name: "silent", fault: { kind: "silent" }, expected: "lost" },
  { name: "silent now and then", fault: { kind: "silent", p: 0.3 }, expected: "either" },
  { name: "drop", fault: { kind: "drop" }, expected: "lost", isOfBus: STREAMS },
  { name: "slow", fault: { kind: "latency", ms: SLOW_MS }, expected: "good" },
  { name: "too slow", fault: { kind: "latency", ms: TOO_SLOW_MS }, expected: "lost" },
  { name: "slow by chance", fault: { kind: "latency", ms: 50, jitter: 60 }, expected: "either" },
  { name: "split", fault: { kind: "split", bytes: 1 }, expected: "good" },
  // Without a check there is no way back into a stream but a new connection.
  { name: "truncated", fault: { kind: "truncate" }, expected: "lost", isOfBus: ["tcp"] },
  {
    ...{ name: "garbage before a frame", fault: { kind: "garbage" }, expected: "good" },
    ...{ on: { tcp: "lost" }, isOfBus: ["tcp"] },
  },
  { name: "bad check", fault: { kind: "badCrc" }, expected: "lost", isOfBus: ["tcp"] },
  { name: "wrong unit", fault: { kind: "wrongUnit" }, expected: "lost" },
  {
    ...{ name: "wrong transaction", fault: { kind: "wrongTransaction" }, expected: "lost" },
    on: { rtu: "cannot be", "rtu-over-tcp": "cannot be" },
  },
  { name: "busy", fault: { kind: "busy" }, expected: "bad" },
  ...exceptions,
  {
    ...{ name: "half-open connection", fault: { kind: "halfOpen" }, expected: "either" },
    ...{ on: { rtu: "cannot be" }, isOfBus: STREAMS },
  },
  { name: "refused", fault: { kind: "refused" }, expected: "lost", isOfBus: ALL },
  { name: "restart", fault: { kind: "restart", for: "10s" }, expected: "lost", isOfBus: ALL },
  { name: "stuck", fault: { kind: "stuck", property: "age" }, expected: "good", isOfValues: true },
  {
    ...{ name: "drift", fault: { kind: "drift", property: "age" }, expected: "good" },
    isOfValues: true,
  },
  {
    ...{ name: "spike", fault: { kind: "spike", property: "age" }, expected: "good" },
    isOfValues: true,
  },
  {
    name: "bad quality",
    fault: { kind: "quality", property: "age", quality: "Bad" },
    expected: "bad",
  },
  {
    name: "uncertain quality, for which Modbus has no word",
    fault: { kind: "quality", property: "age", quality: "Uncertain" },
    expected: "good",
  },
];

export function expectedOn(wire: WireName, { on, expected }: FaultCase): Expected | "cannot be" {
  return on?.[wire] ?? expected;
}
