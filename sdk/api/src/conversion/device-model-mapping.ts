import type { Mapping } from "./convert.ts";
import { isObject, type Json, member, objectOf } from "./json.ts";

/** v1alpha2's key of `type` for each type of v1beta1. v1alpha2 has no STREAM. */
const TYPE_KEYS: Readonly<Record<string, string>> = {
  INT: "int",
  FLOAT: "float",
  DOUBLE: "double",
  STRING: "string",
  BOOLEAN: "boolean",
  BYTES: "bytes",
  STREAM: "bytes",
};
const TYPES: readonly (readonly [key: string, type: string])[] = [
  ["int", "INT"],
  ["float", "FLOAT"],
  ["double", "DOUBLE"],
  ["string", "STRING"],
  ["boolean", "BOOLEAN"],
  ["bytes", "BYTES"],
];
const NUMERIC: ReadonlySet<string> = new Set(["int", "float", "double"]);

/** DeviceModel (device-crds §1.7). */
export const deviceModelMapping: Mapping = {
  toV1beta1: ({ spec }) => mapSpec(spec, propertyToV1beta1),
  toV1alpha2: ({ spec }) => mapSpec(spec, propertyToV1alpha2),
  shapes: {
    v1alpha2: { keys: { "spec/properties": "name" }, whole: new Set() },
    v1beta1: { keys: { "spec/properties": "name" }, whole: new Set() },
  },
};

function mapSpec(spec: unknown, mapProperty: (property: Json) => Json): Json {
  if (!isObject(spec)) return {};
  const properties = member(spec, "properties");
  return {
    spec: {
      ...objectOf([
        ["protocol", member(spec, "protocol")],
        [
          "properties",
          Array.isArray(properties) ? properties.filter(isObject).map(mapProperty) : undefined,
        ],
      ]),
    },
  };
}

function propertyToV1beta1(property: Json): Json {
  const types = member(property, "type");
  const [key, type] = TYPES.find(([key]) => isObject(member(types, key))) ?? [];
  const facts = key ? member(types, key) : undefined;
  return {
    ...objectOf([
      ["name", member(property, "name")],
      ["description", member(property, "description")],
      ["type", type],
      ["accessMode", member(facts, "accessMode")],
      ["minimum", numberText(member(facts, "minimum"))],
      ["maximum", numberText(member(facts, "maximum"))],
      ["unit", member(facts, "unit")],
    ]),
  };
}

function propertyToV1alpha2(property: Json): Json {
  const type = member(property, "type");
  const key =
    typeof type === "string" && Object.hasOwn(TYPE_KEYS, type) ? TYPE_KEYS[type] : undefined;
  const isNumeric = key !== undefined && NUMERIC.has(key);
  const bound = (name: string) =>
    isNumeric ? textNumber(member(property, name), key === "int") : undefined;
  const facts = objectOf([
    ["accessMode", member(property, "accessMode")],
    ["minimum", bound("minimum")],
    ["maximum", bound("maximum")],
    ["unit", isNumeric ? member(property, "unit") : undefined],
  ]);
  return {
    ...objectOf([
      ["name", member(property, "name")],
      ["description", member(property, "description")],
      ["type", key === undefined ? undefined : { [key]: facts ?? {} }],
    ]),
  };
}

function numberText(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : undefined;
}

function textNumber(text: unknown, isInt: boolean): number | undefined {
  if (typeof text !== "string" || !/^[+-]?\d/.test(text)) return undefined;
  const value = Number(text);
  return (isInt ? Number.isSafeInteger(value) : Number.isFinite(value)) ? value : undefined;
}
