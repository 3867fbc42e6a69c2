import { z } from "zod";
import type { DeviceModel, ModelProperty, PropertyType } from "../device/device-model.ts";
import { MapperkitError } from "../errors.ts";
import { type DataType, numericForms } from "./data-type.ts";
import { parseDuration } from "./duration.ts";
import type {
  ModelDefinition,
  PropertyDefinition,
  VerifyRule,
  Visitors,
} from "./model-definition.ts";
import { type PropertyFacts, readPropertyFacts } from "./property-facts.ts";
import { formatStructFields, parseStructFields } from "./struct-fields.ts";

export interface DeviceModelPlace {
  readonly namespace?: string;
  /** The model's `spec.protocol`. */
  readonly protocol?: string;
}

/**
 * The v1beta1 DeviceModel of a definition; what the CRD has no field for becomes flat scalar keys
 * of the visitors' configData.
 * @throws MapperkitError `invalid_input` for a duration that is none
 */
export function toDeviceModel(
  definition: ModelDefinition,
  { namespace = "default", protocol }: DeviceModelPlace = {},
): DeviceModel {
  const properties = Object.entries(definition.properties).map(([name, property]) =>
    toModelProperty(name, property),
  );
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { name: definition.name, namespace },
    spec: { ...(protocol !== undefined && { protocol }), properties },
  };
}

/** The word of KubeEdge that a twin of this property carries. Arrays and structs are JSON text. */
export function propertyTypeOf(
  property: Pick<PropertyDefinition, "type" | "arrayLength" | "fields" | "scale" | "offset">,
): PropertyType {
  const { type, arrayLength, fields, scale, offset } = property;
  if (arrayLength !== undefined || fields || type === "string") return "STRING";
  if (type === "boolean") return "BOOLEAN";
  if (type === "bytes") return "BYTES";
  if (scale !== undefined || offset !== undefined || type === "float64") return "DOUBLE";
  return numericForms[type].kind === "float" ? "FLOAT" : "INT";
}

function toModelProperty(name: string, property: PropertyDefinition): ModelProperty {
  const { description, unit, minimum, maximum, visitors } = property;
  return {
    name,
    ...(description !== undefined && { description }),
    type: propertyTypeOf(property),
    accessMode: (property.accessMode ?? "ReadOnly") === "ReadOnly" ? "ReadOnly" : "ReadWrite",
    ...(minimum !== undefined && { minimum: String(minimum) }),
    ...(maximum !== undefined && { maximum: String(maximum) }),
    ...(unit !== undefined && { unit }),
    visitors: { configData: { ...visitors, ...toFacts(name, property) } },
  };
}

function toFacts(name: string, property: PropertyDefinition): PropertyFacts {
  const { type, deadband, heartbeat, fields, accessMode } = property;
  const facts = {
    ...pickFacts(property),
    dataType: type,
    deadband: deadband?.absolute,
    deadbandPercent: deadband?.percent,
    heartbeatMs:
      heartbeat === undefined ? undefined : parseDuration(heartbeat, `${name}.heartbeat`),
    ...verifyFacts(name, property.verify),
    writeOnly: accessMode === "WriteOnly" ? true : undefined,
    fields: fields && formatStructFields(fields),
  };
  return withoutAbsent(facts);
}

/** The facts that have the same name and form in a definition. */
function pickFacts<S extends Partial<PropertyDefinition> | PropertyFacts>(from: S) {
  const { byteOrder, bit, arrayLength, byteLength, scale, offset, precision } = from;
  const { invalid, history, everySample, sampleSink } = from;
  return {
    ...{ byteOrder, bit, arrayLength, byteLength, scale, offset, precision },
    ...{ invalid, history, everySample, sampleSink },
  };
}

function verifyFacts(name: string, verify: VerifyRule | undefined) {
  if (verify === undefined) return {};
  if (typeof verify === "string") return { verify };
  const { within, tolerance } = verify;
  return {
    verify: "readback" as const,
    verifyWithinMs:
      within === undefined ? undefined : parseDuration(within, `${name}.verify.within`),
    verifyTolerance: tolerance,
  };
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(parts: T): Partial<Present<T>> {
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Partial<Present<T>>;
}

/** What a model that says no `dataType` is taken for. */
const DEFAULT_DATA_TYPE: Readonly<Record<string, DataType>> = {
  INT: "int64",
  FLOAT: "float32",
  DOUBLE: "float64",
  BOOLEAN: "boolean",
  BYTES: "bytes",
};

/**
 * The definition of a v1beta1 DeviceModel, as far as one can be had: a type that says nothing of
 * the wire becomes the widest (INT → int64), keys of configData that are no scalars are left out.
 * @throws MapperkitError `invalid_input` naming each key of configData that is wrong
 */
export function toModelDefinition(model: DeviceModel): ModelDefinition {
  const entries = (model.spec?.properties ?? []).map(
    (property) => [property.name, toPropertyDefinition(property)] as const,
  );
  return { name: model.metadata.name, properties: Object.fromEntries(entries) };
}

/** @throws MapperkitError `invalid_input` naming each key of configData that is wrong */
export function toPropertyDefinition(property: ModelProperty): PropertyDefinition {
  const read = readPropertyFacts(property.name, property.visitors?.configData ?? {});
  if (read.faults.length > 0) {
    throw new MapperkitError("invalid_input", read.faults.map((f) => f.message).join("; "), {
      details: { faults: read.faults },
    });
  }
  const { facts } = read;
  const { description, unit } = property;
  const visitors = scalarsOf(read.rest);
  const deadband = withoutAbsent({ absolute: facts.deadband, percent: facts.deadbandPercent });
  return withoutAbsent({
    type: facts.dataType ?? DEFAULT_DATA_TYPE[property.type ?? ""] ?? "string",
    accessMode: accessModeOf(property, facts),
    ...{
      description,
      unit,
      minimum: boundOf(property.minimum),
      maximum: boundOf(property.maximum),
    },
    ...pickFacts(facts),
    deadband: Object.keys(deadband).length > 0 ? deadband : undefined,
    heartbeat: facts.heartbeatMs === undefined ? undefined : `${facts.heartbeatMs}ms`,
    verify: verifyOf(facts),
    fields: facts.fields === undefined ? undefined : parseStructFields(facts.fields),
    visitors: Object.keys(visitors).length > 0 ? visitors : undefined,
  }) as PropertyDefinition;
}

function accessModeOf({ accessMode }: ModelProperty, { writeOnly }: PropertyFacts) {
  if (writeOnly) return "WriteOnly";
  return accessMode === "ReadWrite" ? "ReadWrite" : "ReadOnly";
}

/** A bigint only where a number would not be exact. */
function boundOf(text: string | undefined): number | bigint | undefined {
  if (text === undefined || text === "") return undefined;
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(number)
    ? BigInt(text.replace("+", ""))
    : number;
}

function verifyOf({ verify, verifyWithinMs, verifyTolerance }: PropertyFacts) {
  const within = verifyWithinMs === undefined ? undefined : `${verifyWithinMs}ms`;
  const rule = withoutAbsent({ within, tolerance: verifyTolerance });
  const isRule = Object.keys(rule).length > 0 && (verify ?? "readback") === "readback";
  return isRule ? rule : verify;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

function scalarsOf(rest: Readonly<Record<string, unknown>>): Visitors {
  const flat = Object.entries(rest).flatMap(([key, value]) => {
    const { success, data } = scalar.safeParse(value);
    return success ? [[key, data] as const] : [];
  });
  return Object.fromEntries(flat);
}
