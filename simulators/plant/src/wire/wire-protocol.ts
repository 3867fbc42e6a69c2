import type { Clock } from "@mapperkit/runtime";
import type { SimProperty } from "../simulated/sim-model.ts";

/** What a device shows of one property when a protocol looks. */
export type Reading =
  | { readonly value: unknown; readonly quality: "Good" | "Uncertain" }
  | { readonly refusal: Refusal };

/** Why a device does not do what it is asked. */
export type Refusal =
  | "busy"
  | "noSuchProperty"
  | "readOnly"
  | "illegalValue"
  | "badQuality"
  | { readonly code: number };

/** A device as a protocol sees it: named values, whatever physics lies behind them. */
export interface Panel {
  read(property: string): Reading;
  /** Undefined when the value was taken. */
  write(property: string, value: unknown): Refusal | undefined;
}

/** One request that arrived whole. */
export interface WireRequest {
  /** The unit that is meant, on wires that have units. */
  readonly unit?: number;
  /** Does what is asked and returns the bytes of the answer; undefined when it has none. */
  respond(panel: Panel): Uint8Array | undefined;
}

/** How only a protocol itself can make an answer wrong. */
export type Spoiling = "badCrc" | "wrongUnit" | "wrongTransaction";

/** A protocol on the device's side. */
export interface WireProtocol {
  /** A decoder for one connection: bytes in, however they are cut; whole requests out. */
  open(clock: Clock): (bytes: Uint8Array) => readonly WireRequest[];
  /** A device joins the bus as this unit; for wires whose words depend on the device. */
  joined?(unit: number, properties: readonly SimProperty[]): void;
  /** Makes a good answer wrong in a way that only this protocol knows; undefined if it cannot. */
  spoil?(answer: Uint8Array, how: Spoiling): Uint8Array | undefined;
  /** What spoil() can do. Default: wrong checks and wrong units, where there is one. */
  readonly spoils?: readonly Spoiling[];
}
