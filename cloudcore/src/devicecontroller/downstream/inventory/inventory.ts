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

/** What is the same on both sides, and the buckets that are not. */
export function compareBuckets(
  ours: Inventory,
  theirs: BucketDigests,
): { readonly same: Inventory; readonly differing: readonly string[] } {
  const digests = bucketDigests(ours);
  const all = new Set([...digests.keys(), ...theirs.keys()]);
  const differing = new Set([...all].filter((each) => digests.get(each) !== theirs.get(each)));
  const same = new Map([...ours].filter(([resource]) => !differing.has(bucketOf(resource))));
  return { same, differing: [...differing] };
}
