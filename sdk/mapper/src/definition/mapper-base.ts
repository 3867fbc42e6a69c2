import type { DeviceAnnouncement, PropertyType } from "@mapperkit/api";
import type { z } from "zod";
import type { PropertyValue } from "../values/property-value.ts";
import type { Context, SessionContext } from "./context.ts";

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
  /** The model's type; the SDK converts what the driver returns to it. */
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

/** A property whose changes a driver is asked to tell unasked. */
export interface SubscribeOp<V = unknown> extends Omit<ReadOp<V>, "signal"> {
  /** How often the device may be sampled, ms: the property's collectCycle. */
  readonly samplingMs: number;
}

/** Takes what the device told of one property: a value, or a Reading with its quality and time. */
export type Emit = (property: string, told: unknown) => void;

/** A device that a driver found by itself. */
export interface Discovered<C> {
  readonly config: C;
  readonly model?: string;
  readonly labels?: Readonly<Record<string, string>>;
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
  /**
   * Hears each device of this mapper before it is planned, and gives it back in this mapper's own
   * words, whatever others wrote it in: names of an earlier release, of another product. Keys that
   * its config lacks are in `defaults`. May be asked about one device any number of times: what a
   * driver remembers of it here is what was said last.
   */
  normalise?(
    announcement: DeviceAnnouncement,
    defaults: Readonly<Record<string, unknown>>,
  ): DeviceAnnouncement;
  /** Longest time of one operation, ms. Default 5000. */
  readonly timeoutMs?: number;
  /** Devices with equal endpoints share one session. Default: equal config. */
  endpoint?(config: C): string;
  /** Opens a session. Rejects at once when it cannot: the SDK retries with back-off, for ever. */
  connect(ctx: SessionContext<C>): Promise<S>;
  close?(session: S): Promise<void>;
  /**
   * Has the device tell its changes. Resolves when it will; `emit` may then be called until
   * `signal` aborts. The SDK goes on reading each property as a watchdog, at ten times its cycle;
   * where this rejects it reads in the ordinary cycle and tries again with the next session.
   */
  subscribe?(
    session: S,
    ops: readonly SubscribeOp<V>[],
    emit: Emit,
    signal: AbortSignal,
  ): Promise<void>;
  /** Looks for devices. Ends when there are no more, or when `ctx.signal` aborts. */
  discover?(ctx: Context<Partial<C>>): AsyncIterable<Discovered<C>>;
}
