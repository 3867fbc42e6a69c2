export { type OpenApiResource, openApiV3Document } from "./openapi-document.ts";
