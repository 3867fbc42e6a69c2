import type { MsgTwin, Outcome, TwinVersion, ValueMetadata } from "@mapperkit/api";

/** A stored side: its value is always present, and its `timestamp` is the edge's. */
export type SideValue = {
  readonly value: string;
  readonly metadata: ValueMetadata;
};

/** What the edge holds of one property. Values are never changed, only replaced. */
export interface PropertyTwin {
  readonly expected?: SideValue;
  readonly actual?: SideValue;
  readonly optional: boolean;
  /** A twin type (mqtt-topics §2.5), or `deleted` for what remains of a removed property. */
  readonly type: string;
  readonly expectedVersion?: TwinVersion;
  readonly actualVersion?: TwinVersion;
  readonly outcome?: Outcome;
  /**
   * The value that the Device object asked for last. Desired values are compared with it, never
   * generations and never `expected`, so that an edit at the edge stands until the cloud asks anew.
   */
  readonly asked?: AskedValue;
}

export interface AskedValue {
  readonly value: string;
  readonly generation: number;
  /** The model forbids it: it did not become `expected`. */
  readonly refused?: true;
}

export function isQuality(value: unknown): value is "Good" | "Uncertain" | "Bad" {
  return value === "Good" || value === "Uncertain" || value === "Bad";
}

export type TwinSide = "expected" | "actual";

/** The type of what remains of a removed property; its versions go on if it comes back. */
export const DELETED = "deleted";

export function isLive(twin: PropertyTwin | undefined): twin is PropertyTwin {
  return twin !== undefined && twin.type !== DELETED;
}

/** One property before and after an update. */
export interface TwinChange {
  readonly property: string;
  readonly before: PropertyTwin | undefined;
  readonly after: PropertyTwin;
}

/** As mappers see a property: without versions. */
export function toMessage(twin: PropertyTwin): MsgTwin {
  return {
    ...(twin.expected && { expected: twin.expected }),
    ...(twin.actual && { actual: twin.actual }),
    optional: twin.optional,
    metadata: { type: twin.type },
    ...(twin.outcome && { outcome: twin.outcome }),
  };
}

/** As documents show a property: `null` where there is none. */
export function toDocumentSide(twin: PropertyTwin | undefined): MsgTwin | null {
  return isLive(twin) ? toMessage(twin) : null;
}

/** As the cloud sees a property: with the versions of its sides. */
export function toReport(twin: PropertyTwin): MsgTwin {
  return {
    ...toMessage(twin),
    ...(twin.expectedVersion && { expected_version: twin.expectedVersion }),
    ...(twin.actualVersion && { actual_version: twin.actualVersion }),
  };
}
