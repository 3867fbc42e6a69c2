import { z } from "zod";
import { condition, objectMeta } from "../kubernetes/object-meta.ts";

/** Free-form map that Kubernetes keeps as it is (`x-kubernetes-preserve-unknown-fields`). */
const freeMap = z.record(z.string(), z.unknown());

/** A value of a twin with its string metadata (`timestamp` in ms, `type`, and ours: quality, reason, sourceTimestamp). */
export const twinProperty = z.looseObject({
  value: z.string(),
  metadata: z.record(z.string(), z.string()).optional(),
});
export type TwinProperty = z.infer<typeof twinProperty>;

/** As above, but a report without a value is no reason to refuse the whole device. */
const reportedProperty = twinProperty.extend({ value: z.string().default("") });

/** Where a protocol finds a property, or a device. */
export const protocolConfig = z.looseObject({
  protocolName: z.string().optional(),
  configData: freeMap.optional(),
});
export type ProtocolConfig = z.infer<typeof protocolConfig>;

/** One property of a v1beta1 Device (KubeEdge 1.23, device-crds §1.5). Cycles are milliseconds. */
export const deviceProperty = z.looseObject({
  name: z.string(),
  desired: twinProperty.optional(),
  visitors: protocolConfig.optional(),
  reportCycle: z.number().int().optional(),
  collectCycle: z.number().int().optional(),
  reportToCloud: z.boolean().optional(),
  pushMethod: freeMap.optional(),
});
export type DeviceProperty = z.infer<typeof deviceProperty>;

export const deviceSpec = z.looseObject({
  deviceModelRef: z.looseObject({ name: z.string().optional() }).optional(),
  nodeName: z.string().optional(),
  protocol: protocolConfig.optional(),
  properties: z.array(deviceProperty).optional(),
  methods: z.array(freeMap).optional(),
  stateReport: freeMap.optional(),
});
export type DeviceSpec = z.infer<typeof deviceSpec>;

/** What became of a desired value. */
export const phaseName = z.enum(["Pending", "Applied", "Rejected", "Diverged"]);
export type PhaseName = z.infer<typeof phaseName>;

/** `status.twins[].phase`: ours. `version` is the T of the desired value, ms. */
export const twinPhase = z.looseObject({
  name: phaseName,
  reason: z.string().optional(),
  message: z.string().optional(),
  generation: z.number().int().optional(),
  version: z.number().int().optional(),
  since: z.string().optional(),
});
export type TwinPhase = z.infer<typeof twinPhase>;

export const twinStatus = z.looseObject({
  propertyName: z.string(),
  reported: reportedProperty.optional(),
  observedDesired: reportedProperty.optional(),
  phase: twinPhase.optional(),
});
export type TwinStatus = z.infer<typeof twinStatus>;

export const deviceStatus = z.looseObject({
  twins: z.array(twinStatus).optional(),
  state: z.string().optional(),
  lastOnlineTime: z.string().optional(),
  observedGeneration: z.number().int().optional(),
  conditions: z.array(condition).optional(),
});
export type DeviceStatus = z.infer<typeof deviceStatus>;

/** `devices.kubeedge.io/v1beta1` Device: the form in which all our code holds devices. */
export const device = z.looseObject({
  apiVersion: z.literal("devices.kubeedge.io/v1beta1"),
  kind: z.literal("Device"),
  metadata: objectMeta,
  spec: deviceSpec.optional(),
  // Ours to write: a status that others made unreadable is made anew.
  status: deviceStatus.optional().catch(undefined),
});
export type Device = z.infer<typeof device>;
