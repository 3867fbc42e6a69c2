import { z } from "zod";
import { phaseName } from "../device/device.ts";

/** `actual.metadata` and `expected.metadata`. Times are ms since 1970. */
export const valueMetadata = z.looseObject({
  /** The edge's time. */
  timestamp: z.number().optional(),
  /** Ours: the Device generation that set this expected value. */
  generation: z.number().int().optional(),
  /** Ours: the sender's or device's own time. */
  sourceTimestamp: z.number().optional(),
  quality: z.enum(["Good", "Uncertain", "Bad"]).optional(),
  reason: z.string().optional(),
});
export type ValueMetadata = z.infer<typeof valueMetadata>;

export const twinValue = z.looseObject({
  value: z.string().optional(),
  metadata: valueMetadata.optional(),
});
export type TwinValue = z.infer<typeof twinValue>;

/** Who wrote how often: `cloud` is the cloud's version, `edge` counts edits at the edge. */
export const twinVersion = z.looseObject({ cloud: z.number(), edge: z.number() });
export type TwinVersion = z.infer<typeof twinVersion>;

/** Ours: what became of a write, sent by a mapper beside expected and actual. */
export const outcome = z.looseObject({
  generation: z.number().int().optional(),
  phase: phaseName,
  reason: z.string().optional(),
  message: z.string().optional(),
  timestamp: z.number().optional(),
});
export type Outcome = z.infer<typeof outcome>;

/** One property in a twin message (mqtt-topics §2.4 MsgTwin). All values are strings on the wire. */
export const msgTwin = z.looseObject({
  expected: twinValue.optional(),
  actual: twinValue.optional(),
  optional: z.boolean().optional(),
  metadata: z.looseObject({ type: z.string().optional() }).optional(),
  expected_version: twinVersion.optional(),
  actual_version: twinVersion.optional(),
  outcome: outcome.optional(),
});
export type MsgTwin = z.infer<typeof msgTwin>;

export interface TwinBase {
  event_id: string;
  /** ms since 1970 */
  timestamp: number;
}

/** Body of `…/twin/update`, and of the cloud–edge `twin/edge_updated`. `null` deletes the property. */
export interface TwinUpdate extends TwinBase {
  twin: Record<string, MsgTwin | null>;
  /** Ours: apply all or nothing. */
  atomic?: boolean;
}

export interface PropertyRefusal {
  code: number;
  reason: string;
}

/** Body of `…/result`. `errors` is ours: which properties were refused, and why. */
export interface TwinResult extends TwinBase {
  twin?: Record<string, MsgTwin | null>;
  code?: number;
  reason?: string;
  errors?: Record<string, PropertyRefusal>;
}

/** Body of `…/twin/update/document`. */
export interface TwinDocument extends TwinBase {
  twin: Record<string, { last: MsgTwin | null; current: MsgTwin | null }>;
}

/** Body of `…/twin/update/delta`: what is desired and not yet reported. */
export interface TwinDelta extends TwinBase {
  twin: Record<string, MsgTwin>;
  delta: Record<string, string>;
}

/** Body of `…/state/update`. */
export interface StateUpdate extends TwinBase {
  state: string;
  /** RFC 3339; only in what an edge reports to the cloud. */
  lastOnlineTime?: string;
}
