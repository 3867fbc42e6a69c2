import {
  type Device,
  type DeviceAnnouncement,
  type DeviceId,
  type DeviceModel,
  type DeviceProperty,
  deviceIdOf,
  type ModelProperty,
  type PropertyType,
} from "@mapperkit/api";
import { z } from "zod";
import type { MapperBase, Verify } from "../definition/simple-mapper.ts";

/** Why a device or a property cannot be worked. `reason` is CamelCase, `message` names the field. */
export interface PlanFault {
  readonly reason: string;
  readonly message: string;
}

/** One property as the session works it. */
export interface PropertyPlan {
  readonly name: string;
  readonly type: PropertyType;
  readonly model: ModelProperty;
  readonly visitor: unknown;
  readonly fault?: PlanFault;
  readonly collectCycleMs: number;
  readonly reportCycleMs: number;
  readonly isReported: boolean;
  readonly verify: Verify;
  /** How long a read-back may take to show the desired value. */
  readonly verifyWithinMs: number;
  readonly verifyTolerance: number;
  /** Equal signatures mean an unchanged property. */
  readonly signature: string;
}

/** A device as the session works it: checked config, and what to read and write. */
export interface DevicePlan {
  readonly id: DeviceId;
  /** Another one under the same name is another device. Unknown to older edges. */
  readonly uid: string | undefined;
  readonly node: string;
  readonly config: unknown;
  /** The whole device cannot be worked: nothing is opened, read or written. */
  readonly fault?: PlanFault;
  /** Devices with equal endpoints share a session. */
  readonly endpoint: string;
  /** Equal signatures mean an unchanged config. */
  readonly configSignature: string;
  readonly properties: readonly PropertyPlan[];
}

// biome-ignore lint/suspicious/noExplicitAny: the planner reads any mapper's schemas, not its values
type AnyMapper = MapperBase<any, any, any>;

/** A cycle of 0, or none, is a second (additions.md). */
const DEFAULT_CYCLE_MS = 1000;
const DEFAULT_VERIFY_WITHIN_MS = 2000;

/** What is the session's to know of a property: facts that travel as flat keys of configData. */
const sharedVisitorKeys = z.object({
  verify: z.enum(["none", "ack", "readback"]).optional(),
  verifyWithinMs: z.coerce.number().positive().optional(),
  verifyTolerance: z.coerce.number().nonnegative().optional(),
});

/** Reads an announcement with a mapper's schemas. Total: what is wrong becomes a fault in the plan. */
export function planDevice(
  mapper: AnyMapper,
  defaults: Readonly<Record<string, unknown>>,
  { device, model }: DeviceAnnouncement,
  node: string,
): DevicePlan {
  const raw = { ...defaults, ...device.spec?.protocol?.configData };
  const { uid } = device.metadata;
  const id = deviceIdOf(device.metadata);
  const base = { id, uid, node, configSignature: JSON.stringify(raw) };
  const properties = model ? planProperties(mapper, device, model) : [];
  const config = (mapper.config ?? z.unknown()).safeParse(raw);
  if (!config.success) {
    const fault = faultOf("InvalidConfig", "spec.protocol.configData", config.error);
    return { ...base, properties, config: undefined, endpoint: "", fault };
  }
  const endpoint = endpointOf(mapper, config.data);
  if (typeof endpoint !== "string") {
    return { ...base, properties, config: undefined, endpoint: "", fault: endpoint };
  }
  const plan = { ...base, properties, config: config.data, endpoint };
  return model ? plan : { ...plan, fault: unknownModel(device) };
}

function endpointOf(mapper: AnyMapper, config: unknown): string | PlanFault {
  try {
    return mapper.endpoint?.(config) ?? JSON.stringify(config) ?? "";
  } catch (error) {
    const message = `spec.protocol.configData gives no endpoint: ${String(error)}`;
    return { reason: "InvalidConfig", message };
  }
}

function unknownModel(device: Device): PlanFault {
  const name = device.spec?.deviceModelRef?.name ?? "";
  const message = `spec.deviceModelRef.name is ${JSON.stringify(name)}, which the edge does not know`;
  return { reason: "UnknownModel", message };
}

/** The device's properties, then those that only the model names. */
function planProperties(mapper: AnyMapper, device: Device, model: DeviceModel): PropertyPlan[] {
  const own = new Map((device.spec?.properties ?? []).map((entry) => [entry.name, entry]));
  const modelled = new Map((model.spec?.properties ?? []).map((entry) => [entry.name, entry]));
  const names = new Set([...own.keys(), ...modelled.keys()]);
  return [...names].flatMap((name) => {
    const property = modelled.get(name);
    const instance = own.get(name) ?? { name };
    if (!property || (mapper.visitor && !own.has(name) && !property.visitors)) return [];
    return [planProperty(mapper, instance, property)];
  });
}

function planProperty(
  mapper: AnyMapper,
  instance: DeviceProperty,
  model: ModelProperty,
): PropertyPlan {
  const raw = (instance.visitors ?? model.visitors)?.configData ?? {};
  const field = `spec.properties[${instance.name}].visitors.configData`;
  const visitor = (mapper.visitor ?? z.unknown()).safeParse(raw);
  const shared = sharedVisitorKeys.safeParse(raw);
  const error = visitor.error ?? shared.error;
  const { desired: _, ...signed } = instance;
  return {
    name: instance.name,
    type: model.type ?? "STRING",
    model,
    visitor: visitor.data,
    ...(error && { fault: faultOf("InvalidVisitor", field, error) }),
    collectCycleMs: cycleOf(instance.collectCycle),
    reportCycleMs: cycleOf(instance.reportCycle),
    isReported: instance.reportToCloud ?? true,
    verify: shared.data?.verify ?? mapper.verify ?? "ack",
    verifyWithinMs: shared.data?.verifyWithinMs ?? DEFAULT_VERIFY_WITHIN_MS,
    verifyTolerance: shared.data?.verifyTolerance ?? 0,
    signature: JSON.stringify([signed, model]),
  };
}

function cycleOf(ms: number | undefined): number {
  return ms !== undefined && ms > 0 ? ms : DEFAULT_CYCLE_MS;
}

/** Names each field that is wrong, and what was expected of it. */
function faultOf(reason: string, field: string, error: z.ZodError): PlanFault {
  const issues = error.issues.map((issue) => {
    const path = issue.path.map((key) => `.${String(key)}`).join("");
    return `${field}${path}: ${issue.message}`;
  });
  return { reason, message: issues.join("; ") };
}
