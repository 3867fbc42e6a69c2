export { mergeSchemaOf } from "./merge-schema.ts";
export { TypedSchema } from "./typed-schema.ts";
