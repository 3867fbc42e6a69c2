import type { Device, DeviceId, DeviceModel } from "@mapperkit/api";
import type { InspectedDevice } from "@mapperkit/edgecore";
import type { Fact } from "./fact.ts";

/** The stretches of the road of a device's values, in the order in which a desired value takes them. */
export const STEPS = [
  "object",
  "model",
  "controller",
  "node",
  "session",
  "edge store",
  "broker",
  "mapper",
  "hardware",
  "way back",
] as const;
export type StepName = (typeof STEPS)[number];

/** What was found out about one stretch. */
export interface Step {
  readonly step: StepName;
  /** `unknown`: it cannot be seen from here. */
  readonly standing: "open" | "stands" | "unknown";
  readonly says: string;
  /** RFC 3339 */
  readonly since?: string;
  readonly do?: string;
}

/** All that was gathered about a device, from wherever it could be. */
export interface Gathered {
  readonly id: DeviceId;
  /** ms since 1970: when it was gathered. */
  readonly now: number;
  readonly device: Fact<Device>;
  readonly model: Fact<DeviceModel>;
  readonly node: Fact<NodeSeen>;
  readonly lease: Fact<{ readonly renewTime: string }>;
  readonly objectSync: Fact<{ readonly resourceVersion: string; readonly linkVersion: string }>;
  readonly events: Fact<readonly EventSeen[]>;
  readonly cloudcore: Fact<ProgramSeen>;
  readonly edge: Fact<ProgramSeen>;
  /** The device in the edge's store. */
  readonly stored: Fact<InspectedDevice>;
}

export interface NodeSeen {
  readonly ready: string;
  readonly message: string;
  readonly since?: string;
}

/** Newest first. */
export interface EventSeen {
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** A program that serves health and metrics. */
export interface ProgramSeen {
  readonly url: string;
  /** "" when it is ready. */
  readonly notReady: string;
  /** The sum over all labels, or over those that have this one. */
  readonly metric: (name: string, label?: string) => number | undefined;
}

export interface Road {
  readonly device: DeviceId;
  readonly steps: readonly Step[];
  /** The first stretch at which it stands; absent when nothing that can be seen is in the way. */
  readonly standsAt?: Step;
  readonly events: readonly EventSeen[];
}
