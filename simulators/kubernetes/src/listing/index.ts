export { type ListMeta, listObjects, type Page } from "./list-objects.ts";
export { type ListOptions, readFlag, readListOptions, readVersion } from "./list-options.ts";
