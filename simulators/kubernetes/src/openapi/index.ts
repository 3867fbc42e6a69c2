export { openApiV3Document } from "./openapi-document.ts";
export type { OpenApiResource } from "./openapi-resource.ts";
