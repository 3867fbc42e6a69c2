/** OPC UA's three grades of a value. */
export type SimQuality = "Good" | "Uncertain" | "Bad";

/** When a fault is there. Durations are texts such as `250ms`, `5s`, `2m`. */
export interface FaultTiming {
  /** Begins this long after it was injected, or after the plant was served. Default: at once. */
  readonly at?: string;
  /** Ends this long after it began. Default: never (a restart: 1 s). */
  readonly for?: string;
  /** The part of requests that it strikes, 0 to 1. Default 1; a spike 0.1. */
  readonly p?: number;
}

/** What can be wrong with a reply on its way, whatever it says. */
export type ReplyFault =
  /** Requests are heard and never answered. */
  | { readonly kind: "silent" }
  /** The connection is closed instead of an answer. */
  | { readonly kind: "drop" }
  /** Answers come late, in order; `jitter` is the standard deviation, ms. */
  | { readonly kind: "latency"; readonly ms: number; readonly jitter?: number }
  /** Answers come in pieces of so many bytes, 1 ms apart. */
  | { readonly kind: "split"; readonly bytes: number }
  /** Only the first half of an answer is sent. */
  | { readonly kind: "truncate" }
  /** The frame's check does not fit; only on wires that have one. */
  | { readonly kind: "badCrc" }
  /** The answer names another unit; only on wires that have units. */
  | { readonly kind: "wrongUnit" }
  /** The answer names another request; only on wires that number them. */
  | { readonly kind: "wrongTransaction" }
  /** So many bytes of noise (default 3) come before an answer. */
  | { readonly kind: "garbage"; readonly bytes?: number };

/** What a device may answer instead of doing what it is asked. */
export type RefusalFault =
  | { readonly kind: "busy" }
  | { readonly kind: "exception"; readonly code: number };

/** What can be wrong with a value before any protocol sees it. */
export type ValueFault =
  /** Shows the value that it had when the fault began. */
  | { readonly kind: "stuck"; readonly property: string }
  /** Moves away by `by` (default 1) each second. */
  | { readonly kind: "drift"; readonly property: string; readonly by?: number }
  /** Now and then off by `by` (default 100). */
  | { readonly kind: "spike"; readonly property: string; readonly by?: number }
  /** The device itself says how good the value is. */
  | { readonly kind: "quality"; readonly property: string; readonly quality: SimQuality };

/** Power off and on: connections drop, state is made anew, and nobody gets in for `for`. */
export interface RestartFault {
  readonly kind: "restart";
}

/** What can be wrong with the way to a device. */
export type LinkFault =
  /** The connections of this moment are dead for ever, and nobody tells their clients. */
  | { readonly kind: "halfOpen" }
  /** Nobody listens: connections are refused; a serial adapter is unplugged. */
  | { readonly kind: "refused" };

/** What can be wrong with a session, on protocols that have them (OPC UA). */
export interface SessionFault {
  readonly kind: "deletedSubscription" | "expiredCertificate";
}

/** Everything that a plant can be made to suffer, in its spec or live by `plant.inject`. */
export type SimFault = FaultTiming &
  (ReplyFault | RefusalFault | ValueFault | RestartFault | LinkFault | SessionFault);
export type FaultKind = SimFault["kind"];
