import type { FieldError } from "./field-error.ts";
import type { JsonSchemaProps } from "./json-schema-props.ts";

/** The faults of a CustomResourceDefinition's schema; empty when it is structural. */
export function checkStructural(_props: JsonSchemaProps): FieldError[] {
  return [];
}
