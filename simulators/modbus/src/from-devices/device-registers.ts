import {
  type DeviceModel,
  MapperkitError,
  type ModelDefinition,
  type ModelProperty,
  type PropertyDefinition,
  toPropertyDefinition,
} from "@mapperkit/api";
import type { WantedDevice } from "@mapperkit/sim-plant";
import type { DevicePlace } from "./device-place.ts";

type ConfigData = Readonly<Record<string, unknown>>;

/** The registers of KubeEdge v1alpha2's Modbus visitors. */
const OLD_SPACES: Readonly<Record<string, string>> = {
  CoilRegister: "coil",
  DiscreteInputRegister: "discreteInput",
  InputRegister: "inputRegister",
  HoldingRegister: "holdingRegister",
};
const SIGNED: Readonly<Record<number, string>> = { 1: "int16", 2: "int32", 4: "int64" };
const UNSIGNED: Readonly<Record<number, string>> = { 1: "uint16", 2: "uint32", 4: "uint64" };
const FLOATS: Readonly<Record<number, string>> = { 2: "float32", 4: "float64" };
const USUAL_LIMIT: Readonly<Record<string, number>> = { FLOAT: 2, DOUBLE: 4 };

/**
 * What a Device says of its registers, visitors of either era, as a model with 0-based addresses.
 * Properties that have no visitor and that the Device does not list are left out.
 * @throws MapperkitError `invalid_input` whose `details` name property and key
 */
export function registersOf(wanted: WantedDevice, place: DevicePlace): ModelDefinition {
  const { device, model } = wanted;
  const own = new Map(device.spec?.properties?.map((entry) => [entry.name, entry.visitors]));
  const properties: Record<string, PropertyDefinition> = {};
  for (const property of model.spec?.properties ?? []) {
    const visitors = own.get(property.name) ?? property.visitors;
    const configData = visitors?.configData;
    if (!configData && !own.has(property.name)) continue;
    // A broadcast has no place of its own: it is written into the places of others.
    if (configData?.broadcast === true || configData?.broadcast === "true") continue;
    properties[property.name] = definitionOf(property, configData ?? {}, place);
  }
  refuseUnknown(own.keys(), model);
  return { name: model.metadata.name, properties };
}

function definitionOf(
  property: ModelProperty,
  given: ConfigData,
  place: DevicePlace,
): PropertyDefinition {
  const { name } = property;
  const configData = given.register === undefined ? ours(property, given) : theirs(property, given);
  if (configData.space === undefined) {
    throw faulty(name, "space", "is missing: the property has no visitor of Modbus");
  }
  const unit = Number(configData.unitId ?? place.unitId);
  const most = place.transport === "tcp" ? 255 : 247;
  if (!Number.isInteger(unit) || unit < (configData.unitId === undefined ? 0 : 1) || unit > most) {
    throw faulty(name, "unitId", `is ${configData.unitId}, must be 1 to ${most}`);
  }
  const address = Number(configData.address) - place.addressBase;
  try {
    return toPropertyDefinition({
      ...property,
      visitors: { configData: { ...configData, address } },
    });
  } catch (cause) {
    if (!(cause instanceof MapperkitError)) throw cause;
    throw new MapperkitError(cause.code, cause.message, { cause, details: { property: name } });
  }
}

/** Integers that say no width are a register wide. */
function ours(property: ModelProperty, given: ConfigData): ConfigData {
  const { dataType, fields, space, bit } = given;
  if (dataType !== undefined || fields !== undefined) return given;
  if (space === "coil" || space === "discreteInput" || bit !== undefined) {
    return { ...given, dataType: "boolean" };
  }
  return property.type === "INT" ? { ...given, dataType: integersOf(property)[1] } : given;
}

/** `register`, `offset`, `limit`, `scale`, `isSwap`, `isRegisterSwap`. */
function theirs(property: ModelProperty, given: ConfigData): ConfigData {
  const { name, type = "STRING" } = property;
  const space = OLD_SPACES[String(given.register)];
  if (!space) {
    const expected = Object.keys(OLD_SPACES).join(", ");
    throw faulty(name, "register", `is ${given.register}, must be one of ${expected}`);
  }
  const limit = Number(given.limit ?? USUAL_LIMIT[type] ?? 1);
  const place = { space, address: given.offset ?? 0 };
  if (space === "coil" || space === "discreteInput") {
    return { ...place, dataType: "boolean", ...(limit > 1 && { arrayLength: limit }) };
  }
  const order = orderOf(given);
  if (type === "STRING" || type === "BYTES") {
    return { ...place, ...order, dataType: type.toLowerCase(), byteLength: limit * 2 };
  }
  if (type === "BOOLEAN") return { ...place, ...order, dataType: "boolean" };
  const isWhole = type === "INT" || limit === 1;
  const dataType = isWhole ? integersOf(property)[limit] : FLOATS[limit];
  if (!dataType) throw faulty(name, "limit", `is ${limit}, must be 1, 2 or 4 for ${type}`);
  const scale = Number(given.scale ?? 1) || 1;
  return { ...place, ...order, dataType, ...(scale !== 1 && { scale }) };
}

function integersOf({ minimum }: ModelProperty): Readonly<Record<number, string>> {
  return Number(minimum ?? 0) < 0 ? SIGNED : UNSIGNED;
}

function orderOf({ isSwap, isRegisterSwap }: ConfigData): ConfigData {
  const bytes = String(isSwap) === "true";
  const words = String(isRegisterSwap) === "true";
  if (bytes) return { byteOrder: words ? "DCBA" : "BADC" };
  return words ? { byteOrder: "CDAB" } : {};
}

function refuseUnknown(listed: Iterable<string>, model: DeviceModel): void {
  const known = new Set(model.spec?.properties?.map(({ name }) => name));
  for (const property of listed) {
    if (known.has(property)) continue;
    const message = `property ${property} is not in the model ${model.metadata.name}`;
    throw new MapperkitError("invalid_input", message, { details: { property } });
  }
}

function faulty(property: string, key: string, what: string): MapperkitError {
  const message = `properties[${property}].visitors.configData.${key} ${what}`;
  return new MapperkitError("invalid_input", message, { details: { property, key } });
}
