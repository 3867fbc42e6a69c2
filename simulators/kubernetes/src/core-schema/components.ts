import { metaName, refTo } from "../openapi/meta-schemas.ts";
import { CORE_DOCS } from "./core-docs.ts";
import { type FlatField, flatFields, integerFormat, isMicroTime } from "./flat-fields.ts";
import { isAtomic, mergeMarks } from "./list-types.ts";
import { componentOf } from "./message-names.ts";

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const JSON_VALUE = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON";
const SCALARS: Readonly<Record<string, object>> = {
  s: { type: "string" },
  y: { type: "string", format: "byte" },
  b: { type: "boolean" },
  d: { type: "number", format: "double" },
};
/** Components that are not structures. */
const LEAVES: Readonly<Record<string, object>> = {
  [QUANTITY]: {
    description:
      "Quantity is a fixed-point representation of a number. It provides convenient marshaling/unmarshaling in JSON and YAML, in addition to String() and AsInt64() accessors.",
    oneOf: [{ type: "string" }, { type: "number" }],
  },
  [INT_OR_STRING]: {
    description:
      "IntOrString is a type that can hold an int32 or a string. When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type. This allows you to have, for example, a JSON field that can accept a name or number.",
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
  [JSON_VALUE]: { description: "JSON represents any valid JSON value." },
  [metaName("MicroTime")]: {
    description: "MicroTime is version of Time with microsecond level precision.",
    type: "string",
    format: "date-time",
  },
};

export { componentOf } from "./message-names.ts";

/** The components of a message and of all that it refers to, by full name. */
export function coreComponents(message: string, into: Record<string, object> = {}) {
  const name = componentOf(message);
  if (into[name] !== undefined) return into;
  into[name] = {};
  const docs = CORE_DOCS[message];
  const fields = [...flatFields(message).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const isUnion = message.startsWith("crd.SchemaOr");
  into[name] = {
    ...(docs?.text ? { description: docs.text } : {}),
    ...(isUnion ? {} : { type: "object" }),
    ...(docs && docs.required.length > 0 ? { required: docs.required } : {}),
    ...(isUnion || fields.length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            fields.map((field) => [field.name, fieldSchema(message, field)]),
          ),
        }),
    ...(isAtomic(message) ? { "x-kubernetes-map-type": "atomic" } : {}),
  };
  for (const { type } of fields) {
    const component = componentFor(type);
    if (component === undefined) continue;
    if (LEAVES[component] !== undefined) into[component] = LEAVES[component];
    else if (component !== metaName("ObjectMeta")) coreComponents(type, into);
  }
  if (fields.some(({ type, name: field }) => type === "time" && isMicroTime(field))) {
    const micro = metaName("MicroTime");
    into[micro] = LEAVES[micro] ?? {};
  }
  return into;
}

function componentFor(type: string): string | undefined {
  if (type === "quantity") return QUANTITY;
  if (type === "intstr") return INT_OR_STRING;
  if (type === "json") return JSON_VALUE;
  return type.includes(".") ? componentOf(type) : undefined;
}

function fieldSchema(message: string, field: FlatField): object {
  const { name, repeat, owner } = field;
  const description = describe(message, field);
  const marks = mergeMarks(owner, name, repeat === "[]");
  const value = valueSchema(field);
  if (repeat === "[]") return { ...description, type: "array", items: inside(value), ...marks };
  if (repeat === "{}") {
    return { ...description, type: "object", additionalProperties: inside(value) };
  }
  if ("$ref" in value) return { ...description, allOf: [value], ...marks };
  return { ...description, ...value, ...marks };
}

/** Go's zero value, as the real documents give it for what stands in lists and maps. */
function inside(value: object): object {
  if ("$ref" in value) return { allOf: [value], default: {} };
  return "type" in value && value.type === "string" ? { ...value, default: "" } : value;
}

function valueSchema({ type, name }: FlatField): object {
  if (type === "i") return { type: "integer", format: integerFormat(name) };
  if (type === "time") return refTo(metaName(isMicroTime(name) ? "MicroTime" : "Time"));
  if (type === "list") return { type: "array", items: { type: "string", default: "" } };
  const component = componentFor(type);
  return component === undefined ? (SCALARS[type] ?? {}) : refTo(component);
}

/** The client's declarations say nothing of fields that are structures: their type's text stands in. */
function describe(message: string, { name, type }: FlatField): { description?: string } {
  const text = CORE_DOCS[message]?.fields[name] ?? STANDARD[name] ?? CORE_DOCS[type]?.text;
  return text ? { description: text } : {};
}

const CONVENTIONS =
  "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
const STANDARD: Readonly<Record<string, string>> = {
  metadata: `Standard object's metadata. More info: ${CONVENTIONS}#metadata`,
};
