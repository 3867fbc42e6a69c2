import type { LeaseRecord } from "./lease-record.ts";

/** Leases in Kubernetes. */
export interface Leases {
  get(
    which: Pick<LeaseRecord, "role" | "subject">,
    signal: AbortSignal,
  ): Promise<LeaseRecord | undefined>;
  /**
   * Creates one without a version, else replaces exactly that version. Undefined when another was
   * faster.
   */
  write(record: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** Nothing happens when it is gone already. */
  delete(which: Pick<LeaseRecord, "role" | "subject">, signal: AbortSignal): Promise<void>;
}

/** How long a Lease holds without being renewed. */
export const LEASE_MS = 15_000;
/** How often a holder renews, and the others look. */
export const RENEW_EVERY_MS = 4_000;
