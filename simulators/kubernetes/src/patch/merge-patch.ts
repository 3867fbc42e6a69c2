import { isMembers, type Members, member, setMember } from "./members.ts";
import { PatchError } from "./patch-error.ts";

const MAX_DEPTH = 1000;

/**
 * Applies a JSON merge patch (RFC 7396). Neither argument is changed; the result may share parts
 * with both. @throws PatchError `decode` for a patch nested beyond reason.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  return merge(document, patch, 0);
}

function merge(document: unknown, patch: unknown, depth: number): unknown {
  if (!isMembers(patch)) return patch;
  if (depth > MAX_DEPTH) {
    const text = `the patch is nested deeper than ${MAX_DEPTH} levels`;
    throw new PatchError("decode", `error decoding patch: ${text}`);
  }
  const result: Members = isMembers(document) ? { ...document } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else setMember(result, name, merge(member(result, name), value, depth + 1));
  }
  return result;
}
