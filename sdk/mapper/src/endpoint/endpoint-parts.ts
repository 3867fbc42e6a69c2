import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { BusLimits } from "./bus-queue.ts";

/** Who works over an endpoint. Its methods return at once and never throw. */
export interface EndpointUser {
  /** The units that it speaks to. */
  readonly units: Iterable<string>;
  /** What its device can take: the bus does as the most delicate one needs. */
  readonly limits: BusLimits;
  opened(): void;
  /** The session is gone; a new one is being opened. */
  closed(): void;
}

export interface EndpointParts {
  readonly name: string;
  /** `lost` may be called once the session is lost, by whoever notices it first. */
  connect(signal: AbortSignal, lost: (why: unknown) => void): Promise<unknown>;
  close(session: unknown): Promise<void>;
  /** One operation took the bus for so long. */
  busy(ms: number): void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
