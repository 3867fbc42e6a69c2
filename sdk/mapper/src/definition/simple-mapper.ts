import type { MapperBase, ReadOp, WriteOp } from "./mapper-base.ts";

/**
 * One property at a time: the smallest way to be a mapper. An error with code `timed_out` means that
 * the device was silent, one with `unreachable` that the link is lost; one of read() with a
 * QualityReason in `details.reason` gives the sample that reason; `rejected` from write() is the
 * device's final no.
 */
export interface SimpleMapper<C, V, S> extends MapperBase<C, V, S> {
  /** Returns a string, number, boolean, bigint or bytes, or a Reading. */
  read(session: S, op: ReadOp<V>): Promise<unknown>;
  /** Resolves when the device has acknowledged. Absent: nothing of this protocol can be written. */
  write?(session: S, op: WriteOp<V>): Promise<void>;
}
