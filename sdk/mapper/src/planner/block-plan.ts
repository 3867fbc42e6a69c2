import type { DeviceFault } from "@mapperkit/api";

/** Addresses that one property wants read. */
export interface WantedBlock {
  /** Names the property in requests and faults; unique among those planned together. */
  readonly property: string;
  readonly unit: number;
  readonly space: string;
  readonly start: number;
  readonly length: number;
  /** Only carried along: a bit is read with its register. */
  readonly bit?: number;
  /** What is longer than a block may be read in parts. Without it such a property is refused. */
  readonly mayBeSplit?: boolean;
}

/** First and last address, both included. */
export type AddressSpan = readonly [first: number, last: number];

/** What a device can bear. Addresses are counted as the space counts them: bits or registers. */
export interface BlockLimits {
  /** Longest block per space. A space that is not named cannot be read. */
  readonly maxBlock: Readonly<Record<string, number>>;
  /** Most addresses in a row that are read though no property wants them. Default 0. */
  readonly maxGap?: number;
  /** Never read, not even between two properties; for all spaces, or by space. */
  readonly neverRead?: readonly AddressSpan[] | Readonly<Record<string, readonly AddressSpan[]>>;
  /** For devices that answer nothing but whole values. Default false. */
  readonly oneRequestPerItem?: boolean;
}

/** One read on the wire, and the properties whose values are in its answer. */
export interface BlockRequest {
  readonly unit: number;
  readonly space: string;
  readonly start: number;
  readonly length: number;
  readonly properties: readonly string[];
}

export interface BlockPlan {
  /** By unit, space and start. */
  readonly requests: readonly BlockRequest[];
  /** Properties that cannot be read within the limits; the others are planned without them. */
  readonly faults: readonly DeviceFault[];
}
