export { checkStructural } from "./check-structural.ts";
export { type CompiledSchema, compileSchema } from "./compiled-schema.ts";
export { aggregateMessage, type FieldError, type FieldErrorType } from "./field-error.ts";
export { goJson, goNumber } from "./go-text.ts";
export {
  isObject,
  type JsonObject,
  type JsonSchemaProps,
  type ValidationRule,
} from "./json-schema-props.ts";
export { type Condition, compileCondition } from "./rules/index.ts";
export { jsonEqual } from "./validation/json-equal.ts";
