/** OPC UA's three grades of a value. */
export type Quality = "Good" | "Uncertain" | "Bad";

/** Why a value has its quality. */
export type QualityReason =
  | "ok"
  | "initial"
  | "stale"
  | "lastKnown"
  | "clamped"
  | "substituted"
  | "timeout"
  | "notConnected"
  | "deviceBusy"
  | "illegalAddress"
  | "illegalValue"
  | "typeMismatch"
  | "outOfRange"
  | "sensorFault"
  | "outOfService"
  | "configurationError"
  | "protocolError";

/** What a read came to. Times are ms since 1970. */
export interface Sample<T = unknown> {
  /** Undefined only when quality is Bad and no good value was ever read. */
  readonly value: T | undefined;
  readonly quality: Quality;
  readonly reason: QualityReason;
  /** The device's own time; never invented. */
  readonly sourceTimestamp?: number;
  readonly gatherTimestamp: number;
}

/** What a driver may return in place of a bare value: the value with what the device says of it. */
export interface Reading {
  readonly value?: unknown;
  /** Default: Good, or Bad where there is no value. */
  readonly quality?: Quality;
  /** Default: `ok` when Good, `lastKnown` when Uncertain, `protocolError` when Bad. */
  readonly reason?: QualityReason;
  /** The device's own time, ms since 1970. Omitted where the device gives none. */
  readonly sourceTimestamp?: number;
}
