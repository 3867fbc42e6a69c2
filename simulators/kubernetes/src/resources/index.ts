export { fieldAt } from "./core-fields.ts";
export { coreResources, fromRow } from "./core-resources.ts";
export { checkName, generateName } from "./names.ts";
export { ResourceRegistry, type ServedGroup } from "./registry.ts";
export { type Judge, type Review, reviewResources } from "./reviews.ts";
export {
  type Codec,
  identityCodec,
  type ScalePaths,
  type ServedResource,
  STORED_VERBS,
  type Strategy,
  type Verb,
} from "./served-resource.ts";
export { MASTERS_GROUP, type User } from "./user.ts";
export { compareVersions } from "./version-order.ts";
