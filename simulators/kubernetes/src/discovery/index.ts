export { aggregatedDiscovery } from "./aggregated.ts";
export { apiGroup, apiGroupList, apiResourceList, apiVersions } from "./legacy.ts";
