import { componentOf, coreComponents } from "../core-schema/components.ts";
import type { JsonSchemaProps } from "../schema/index.ts";
import { componentName } from "./component-name.ts";
import { API_VERSION, KIND, LIST_METADATA, METADATA, refTo } from "./meta-schemas.ts";
import type { OpenApiResource } from "./openapi-resource.ts";

/** Which document a kind belongs to. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** What a resource adds to the components: its kind and its list. */
export function resourceSchemas(
  resource: OpenApiResource,
  { group, version }: GroupVersion,
): Record<string, object> {
  const { kind } = resource;
  const name = componentName(group, version, kind);
  return {
    ...(resource.message === undefined ? {} : coreComponents(resource.message)),
    [name]: {
      ...kindSchema(resource),
      "x-kubernetes-group-version-kind": [{ group, kind, version }],
    },
    [`${name}List`]: {
      description: `${kind}List is a list of ${kind}`,
      type: "object",
      required: ["items"],
      properties: {
        apiVersion: API_VERSION,
        items: {
          description: `List of ${resource.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
          type: "array",
          items: refTo(name),
        },
        kind: KIND,
        metadata: LIST_METADATA,
      },
      "x-kubernetes-group-version-kind": [{ group, kind: `${kind}List`, version }],
    },
  };
}

function kindSchema({ schema, message }: OpenApiResource): object {
  const resource = { apiVersion: API_VERSION, kind: KIND, metadata: METADATA };
  if (message !== undefined) {
    const known = coreComponents(message)[componentOf(message)] as { properties?: object };
    return { ...known, properties: { ...resource, ...known.properties } };
  }
  if (!schema) {
    return { type: "object", properties: resource, "x-kubernetes-preserve-unknown-fields": true };
  }
  return { ...publish(schema), properties: { ...publishAll(schema.properties), ...resource } };
}

/** A schema as documents show it: embedded resources get the three members of every object. */
function publish(schema: JsonSchemaProps): JsonSchemaProps {
  const shown: Record<string, unknown> = { ...schema };
  if (schema.properties) shown.properties = publishAll(schema.properties);
  if (schema.items) shown.items = publish(schema.items);
  if (typeof schema.additionalProperties === "object") {
    shown.additionalProperties = publish(schema.additionalProperties);
  }
  if (schema["x-kubernetes-embedded-resource"]) {
    const resource = { apiVersion: API_VERSION, kind: KIND, metadata: METADATA };
    shown.properties = { ...(shown.properties as object | undefined), ...resource };
  }
  return shown;
}

function publishAll(properties: JsonSchemaProps["properties"]): Record<string, JsonSchemaProps> {
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, schema]) => [name, publish(schema)]),
  );
}

export const SCALE = "io.k8s.api.autoscaling.v1.Scale";

/** autoscaling/v1 Scale, which the scale subresource speaks. */
export function scaleSchema(): object {
  const replicas = { type: "integer", format: "int32" };
  return {
    description: "Scale represents a scaling request for a resource.",
    type: "object",
    properties: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: METADATA,
      spec: { type: "object", properties: { replicas } },
      status: {
        type: "object",
        required: ["replicas"],
        properties: { replicas, selector: { type: "string" } },
      },
    },
    "x-kubernetes-group-version-kind": [{ group: "autoscaling", kind: "Scale", version: "v1" }],
  };
}
