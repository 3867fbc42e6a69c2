export { aggregatedDiscovery } from "./aggregated.ts";
export { apiGroup, apiGroupList, apiResourceList, apiVersions } from "./legacy.ts";
export { OpenApiDocuments } from "./openapi-documents.ts";
