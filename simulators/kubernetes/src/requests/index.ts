export { decodeBody, mediaTypeOf, parseJson, parseYaml } from "./body.ts";
export { readDeleteOptions, statusOfDeletion } from "./delete-options.ts";
export { Exchange } from "./exchange.ts";
export {
  type DiscoveryPath,
  parsePath,
  type RequestPath,
  type ResourcePath,
} from "./request-path.ts";
export { readWriteOptions } from "./write-query.ts";
