export {
  type BucketDigests,
  bucketDigests,
  compareBuckets,
  type Inventory,
} from "./inventory.ts";
export { digestsIn, INVENTORY_RESOURCE, parseInventory } from "./inventory-messages.ts";
export { deviceVersion, LINK_VERSION, modelVersion, uidOfVersion } from "./object-version.ts";
