import { isObject, type Json, member, textOf } from "./json.ts";
import {
  COMMON_FIELDS,
  DEVICE_FIELDS,
  PROTOCOLS,
  type ProtocolKey,
  type TypedFields,
  VISITOR_FIELDS,
} from "./protocol-fields.ts";

/** Where v1alpha2 keeps what has no field of its own. */
const DEVICE_REST = ["common", "customizedValues"];
const VISITOR_REST = ["customizedValues"];

/** v1alpha2's `spec.protocol` as v1beta1's: one name, and all settings side by side. */
export function deviceProtocolToV1beta1(protocol: unknown): Json | undefined {
  return flatten(protocol, DEVICE_FIELDS, COMMON_FIELDS, DEVICE_REST);
}

export function deviceProtocolToV1alpha2(protocol: unknown): Json | undefined {
  return unflatten(protocol, DEVICE_FIELDS, DEVICE_REST);
}

/** The protocol part of v1alpha2's `spec.propertyVisitors[]` as v1beta1's `visitors`. */
export function visitorsToV1beta1(visitor: unknown): Json | undefined {
  return flatten(visitor, VISITOR_FIELDS, {}, VISITOR_REST);
}

export function visitorsToV1alpha2(visitors: unknown): Json | undefined {
  return unflatten(visitors, VISITOR_FIELDS, VISITOR_REST);
}

function flatten(
  source: unknown,
  typed: Readonly<Record<ProtocolKey, TypedFields>>,
  common: TypedFields,
  restAt: readonly string[],
): Json | undefined {
  const known = PROTOCOLS.find((key) => isObject(member(source, key)));
  const customized = member(source, "customizedProtocol");
  const protocolName = known ?? textOf(member(customized, "protocolName"));
  const ownConfig = known ? undefined : member(customized, "configData");
  const config: Json = {
    ...asObject(at(source, restAt)),
    ...gather(source, known ? typed[known] : common),
    ...asObject(ownConfig),
  };
  const hasConfig = Object.keys(config).length > 0 || isObject(ownConfig);
  if (protocolName === undefined && !hasConfig) return undefined;
  return {
    ...(protocolName === undefined ? {} : { protocolName }),
    ...(hasConfig ? { configData: config } : {}),
  };
}

function unflatten(
  protocol: unknown,
  typed: Readonly<Record<ProtocolKey, TypedFields>>,
  restAt: readonly string[],
): Json | undefined {
  if (!isObject(protocol)) return undefined;
  const { protocolName, configData } = protocol;
  const known = PROTOCOLS.find((key) => key === protocolName);
  if (!known) {
    const customized = {
      ...(typeof protocolName === "string" ? { protocolName } : {}),
      ...(isObject(configData) ? { configData } : {}),
    };
    return Object.keys(customized).length > 0 ? { customizedProtocol: customized } : undefined;
  }
  const fields = typed[known];
  let result: Json = { [known]: {} };
  for (const [key, value] of Object.entries(asObject(configData))) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    result = put(result, field?.is(value) ? field.at : [...restAt, key], value);
  }
  return result;
}

function gather(source: unknown, fields: TypedFields): Json {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([key, field]) => [key, at(source, field.at)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(member, value);
}

function put(object: Json, [step, ...rest]: readonly string[], value: unknown): Json {
  if (step === undefined) return object;
  return {
    ...object,
    [step]: rest.length > 0 ? put(asObject(member(object, step)), rest, value) : value,
  };
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}
