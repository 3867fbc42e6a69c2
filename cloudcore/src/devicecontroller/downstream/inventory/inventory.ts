import { createHash } from "node:crypto";

/** Objects by their resource, each with its version; "" for a device of which there is no object. */
export type Inventory = ReadonlyMap<string, string>;
/** A digest for each bucket of an inventory that holds anything. */
export type BucketDigests = ReadonlyMap<string, string>;

/** Both ends sort objects into the same 256 buckets: only those that differ are gone through. */
export function bucketOf(resource: string): string {
  return createHash("sha256").update(resource).digest("hex").slice(0, 2);
}

/** The edge reckons the same (edgecore's inventory); a change here needs a feature name of its own. */
export function bucketDigests(inventory: Inventory): Map<string, string> {
  const lines = new Map<string, string[]>();
  for (const [resource, version] of inventory) {
    const bucket = bucketOf(resource);
    const line = `${resource} ${version}\n`;
    const known = lines.get(bucket);
    if (known) known.push(line);
    else lines.set(bucket, [line]);
  }
  return new Map(
    [...lines].map(([bucket, each]) => [
      bucket,
      createHash("sha256").update(each.sort().join("")).digest("base64url").slice(0, 16),
    ]),
  );
}

/** The buckets that are not the same on both sides. */
export function differingBuckets(ours: BucketDigests, theirs: BucketDigests): Set<string> {
  const all = new Set([...ours.keys(), ...theirs.keys()]);
  return new Set([...all].filter((bucket) => ours.get(bucket) !== theirs.get(bucket)));
}
