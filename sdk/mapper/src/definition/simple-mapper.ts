import type { PropertyType } from "@mapperkit/api";
import type { z } from "zod";
import type { PropertyValue } from "../values/property-value.ts";
import type { Context } from "./context.ts";

/** How the SDK proves a write: not at all, by the device's acknowledgement, by reading it back. */
export type Verify = "none" | "ack" | "readback";

/** Which devices are this mapper's, besides those that name its protocol. */
export interface Claims {
  /** Devices of this DeviceModel that name no other protocol. */
  readonly model?: string;
  /** Narrows the claim to devices that carry all these labels. */
  readonly selector?: Readonly<Record<string, string>>;
}

export interface ReadOp<V = unknown> {
  readonly property: string;
  /** The model's type; the SDK converts what read() returns to it. */
  readonly type: PropertyType;
  /** The property's `visitors.configData`, checked by the mapper's `visitor` schema. */
  readonly visitor: V;
  /** Carries the deadline of the operation. */
  readonly signal: AbortSignal;
}

export interface WriteOp<V = unknown> extends ReadOp<V> {
  /** Of the property's type, already checked against the model. */
  readonly value: PropertyValue;
}

/** What a mapper of any size says of itself. */
export interface MapperBase<C, V, S> {
  /** Claims devices whose `protocol.protocolName` is this. */
  readonly protocol?: string;
  readonly claims?: Claims;
  /** Schema of `protocol.configData`. Keys that a device lacks come from run()'s `config`. */
  readonly config?: z.ZodType<C>;
  /** Schema of a property's `visitors.configData`. */
  readonly visitor?: z.ZodType<V>;
  /** How writes are proved unless the visitor's configData says otherwise. Default `ack`. */
  readonly verify?: Verify;
  /** Longest time of one read or write, ms. Default 5000. */
  readonly timeoutMs?: number;
  /** Devices with equal endpoints share one session. Default: equal config. */
  endpoint?(config: C): string;
  /** Opens a session. Rejects at once when it cannot: the SDK retries with back-off, for ever. */
  connect(ctx: Context<C>): Promise<S>;
  close?(session: S): Promise<void>;
}

/**
 * One property at a time: the smallest way to be a mapper. An error with code `unreachable` or
 * `timed_out` means that the link is lost; one of read() with a QualityReason in `details.reason`
 * gives the sample that reason; `rejected` from write() is the device's final no.
 */
export interface SimpleMapper<C, V, S> extends MapperBase<C, V, S> {
  /** Returns a string, number, boolean, bigint or bytes. */
  read(session: S, op: ReadOp<V>): Promise<unknown>;
  /** Resolves when the device has acknowledged. Absent: nothing of this protocol can be written. */
  write?(session: S, op: WriteOp<V>): Promise<void>;
}
