import type { MapperBase, ReadOp, WriteOp } from "./mapper-base.ts";

/**
 * Many properties of one device in one request, for protocols that can. Throws only when the whole
 * request failed; what failed for one property is an Error at its place.
 */
export interface BatchMapper<C, V, S> extends MapperBase<C, V, S> {
  /** One result for each op, in their order: a value, a Reading, or an Error. */
  readMany(session: S, ops: readonly ReadOp<V>[]): Promise<readonly unknown[]>;
  /** One result for each op, in their order: nothing when the device acknowledged, else an Error. */
  writeMany?(session: S, ops: readonly WriteOp<V>[]): Promise<readonly (Error | undefined)[]>;
}
