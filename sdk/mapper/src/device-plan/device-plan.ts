import {
  type Device,
  type DeviceAnnouncement,
  type DeviceId,
  type DeviceModel,
  deviceIdOf,
} from "@mapperkit/api";
import { z } from "zod";
import { type AnyMapper, isBlockMapper } from "../definition/any-mapper.ts";
import { messageOf } from "../endpoint/failure.ts";
import { placeProperties } from "./place-properties.ts";
import {
  faultOf,
  keysOf,
  type PlanFault,
  type PropertyPlan,
  planProperty,
} from "./property-plan.ts";

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

/** Reads an announcement with a mapper's schemas. Total: what is wrong becomes a fault in the plan. */
export function planDevice(
  mapper: AnyMapper,
  defaults: Readonly<Record<string, unknown>>,
  announcement: DeviceAnnouncement,
  node: string,
): DevicePlan {
  try {
    const normal = mapper.normalise?.(announcement, defaults) ?? announcement;
    return planNormal(mapper, defaults, normal, node);
  } catch (error) {
    const plan = planNormal(mapper, defaults, announcement, node);
    const message = `spec cannot be translated: ${messageOf(error)}`;
    return { ...plan, fault: { reason: "InvalidDevice", message } };
  }
}

function planNormal(
  mapper: AnyMapper,
  defaults: Readonly<Record<string, unknown>>,
  { device, model }: DeviceAnnouncement,
  node: string,
): DevicePlan {
  const own = device.spec?.protocol?.configData ?? {};
  const raw = { ...defaults, ...own };
  const { uid } = device.metadata;
  const id = deviceIdOf(device.metadata);
  const base = { id, uid, node, configSignature: JSON.stringify(raw) };
  const config = (mapper.config ?? z.unknown()).safeParse(raw);
  const unplanned = { ...base, properties: planProperties(mapper, device, model, undefined) };
  const broken = config.success
    ? unknownKeyFault(mapper, own)
    : faultOf("InvalidConfig", "spec.protocol.configData", config.error);
  if (!config.success || broken) {
    return { ...unplanned, config: undefined, endpoint: "", ...(broken && { fault: broken }) };
  }
  const endpoint = endpointOf(mapper, config.data);
  if (typeof endpoint !== "string") {
    return { ...unplanned, config: undefined, endpoint: "", fault: endpoint };
  }
  const properties = planProperties(mapper, device, model, { value: config.data });
  const plan = { ...base, properties, config: config.data, endpoint };
  return model ? plan : { ...plan, fault: unknownModel(device) };
}

function unknownKeyFault(mapper: AnyMapper, configData: object): PlanFault | undefined {
  const known = keysOf(mapper.config);
  const [unknown] = Object.keys(configData).filter((key) => known && !known.includes(key));
  if (unknown === undefined) return undefined;
  const expected = known?.join(", ");
  const message = `spec.protocol.configData.${unknown} is no key of this protocol; known: ${expected}`;
  return { reason: "InvalidConfig", message };
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
function planProperties(
  mapper: AnyMapper,
  device: Device,
  model: DeviceModel | undefined,
  config: { readonly value: unknown } | undefined,
): PropertyPlan[] {
  const own = new Map((device.spec?.properties ?? []).map((entry) => [entry.name, entry]));
  const modelled = new Map((model?.spec?.properties ?? []).map((entry) => [entry.name, entry]));
  const names = new Set([...own.keys(), ...modelled.keys()]);
  const { visitor, verify } = mapper;
  const isRaw = isBlockMapper(mapper);
  const parts = { visitor, verify, isRaw, unit: deviceIdOf(device.metadata) };
  const plans = [...names].flatMap((name) => {
    const property = modelled.get(name);
    const instance = own.get(name) ?? { name };
    if (!property || (mapper.visitor && !own.has(name) && !property.visitors)) return [];
    return [planProperty(parts, instance, property)];
  });
  return config && isRaw ? placeProperties(mapper, config.value, plans) : plans;
}
