import { z } from "zod";

type Json = Record<string, unknown>;

/**
 * A Kubernetes structural schema made from a zod schema: OpenAPI 3.0 without what the API server
 * refuses or would read differently.
 */
export function structuralSchema(schema: z.ZodType): Json {
  return clean(z.toJSONSchema(schema, { target: "openapi-3.0", io: "input" }) as Json);
}

function clean(node: Json): Json {
  const { $schema, propertyNames, additionalProperties, ...rest } = node;
  const result: Json = rest;
  // zod bounds every int by what a double can hold; int64 says what Kubernetes needs to know.
  if (result.minimum === Number.MIN_SAFE_INTEGER) delete result.minimum;
  if (result.maximum === Number.MAX_SAFE_INTEGER) delete result.maximum;
  if (isJson(additionalProperties) && !result["x-kubernetes-preserve-unknown-fields"]) {
    result.additionalProperties = clean(additionalProperties);
  }
  if (isJson(result.items)) result.items = clean(result.items);
  if (isJson(result.properties)) {
    const properties = Object.entries(result.properties);
    if (properties.length === 0) delete result.properties;
    else {
      result.properties = Object.fromEntries(
        properties.map(([name, p]) => [name, clean(p as Json)]),
      );
    }
  }
  return result;
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
