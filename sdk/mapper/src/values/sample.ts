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
