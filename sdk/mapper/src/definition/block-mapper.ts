import type { DataType } from "@mapperkit/api";
import type { BlockLimits } from "../planner/index.ts";
import type { MapperBase } from "./mapper-base.ts";

/** Where a property lives. */
export interface Address {
  /** Who answers on the bus: the Modbus unit, a station. What is silent together. */
  readonly unit: number;
  /** The address space: `holdingRegister`, `coil`, `DB10`. */
  readonly space: string;
  /** The first address, from 0. */
  readonly start: number;
  /** Addresses covered. Default: as many as the property's form on the wire needs. */
  readonly length?: number;
}

/** What a device, and the bus to it, can take. */
export interface DeviceLimits extends BlockLimits {
  /** Silence that the bus needs after each request, ms. */
  readonly pauseBetweenMs?: number;
  /** Requests under way at once. Default 1. */
  readonly maxInFlight?: number;
  /** Bits behind one address. Default: 1 in `coil` and `discreteInput`, else 16. */
  readonly addressBits?: Readonly<Record<string, 1 | 8 | 16>>;
}

export interface Block {
  readonly unit: number;
  readonly space: string;
  readonly start: number;
  readonly length: number;
}

/**
 * Register-style protocols: the driver says where properties live and moves blocks of bytes; the
 * SDK plans, coalesces, splits, decodes and encodes. Bits travel packed, the first in the least
 * significant bit.
 */
export interface BlockMapper<C, V, S> extends MapperBase<C, V, S> {
  /** Pure. @throws anything that says why there is no such address: the property is refused by it */
  address(visitor: V, type: DataType, config: C): Address;
  /** Pure. */
  limits(config: C): DeviceLimits;
  readBlock(session: S, block: Block, signal: AbortSignal): Promise<Uint8Array>;
  /** Resolves when the device has acknowledged. Absent: nothing of this protocol can be written. */
  writeBlock?(
    session: S,
    block: Block & { readonly data: Uint8Array },
    signal: AbortSignal,
  ): Promise<void>;
}
