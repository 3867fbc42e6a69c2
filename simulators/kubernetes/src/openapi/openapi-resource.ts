import type { JsonSchemaProps } from "../schema/index.ts";

/** One kind of a group and version, as discovery tells it. */
export interface OpenApiResource {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  /** The schema of the whole object; without it everything is accepted. */
  readonly schema?: JsonSchemaProps;
  /** Built-in kinds: what the API reference knows stands in for a schema. */
  readonly message?: string | undefined;
  readonly subresources: { readonly status: boolean; readonly scale: boolean };
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verbs: readonly string[];
}
