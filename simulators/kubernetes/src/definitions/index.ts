export { applyDefinitions } from "./apply-definitions.ts";
export { readDefinitions } from "./read-definitions.ts";
