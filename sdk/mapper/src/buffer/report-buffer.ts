import type { DeviceId, MsgTwin } from "@mapperkit/api";

/** A sample that waits for the edge to take it. */
export interface WaitingSample {
  readonly id: number;
  readonly property: string;
  readonly change: MsgTwin;
}

/** Keeps what the edge has not taken yet: every sample of what asks for it, else the latest. Bounded. */
export interface ReportBuffer {
  /** Samples that wait. */
  readonly depth: number;
  /** Samples that were dropped because there were too many, the oldest first. */
  readonly dropped: number;
  push(device: DeviceId, property: string, change: MsgTwin): void;
  /** The oldest sample of each property of a device. */
  first(device: DeviceId): readonly WaitingSample[];
  /** The edge has taken, or refused, these. */
  settle(device: DeviceId, samples: readonly WaitingSample[]): void;
  /** Keeps the latest of each property over a restart, in place of what was kept before. */
  keepLatest(device: DeviceId, changes: ReadonlyMap<string, MsgTwin>): void;
  latest(device: DeviceId): ReadonlyMap<string, MsgTwin>;
  close(): void;
}

/** Default bound of a buffer, in samples. */
export const MAX_WAITING = 100_000;
