import { isMembers, type Members, member, setMember } from "./members.ts";

/**
 * Applies a JSON merge patch (RFC 7396). Neither argument is changed; the result may share parts
 * with both.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isMembers(patch)) return patch;
  const result: Members = isMembers(document) ? { ...document } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else setMember(result, name, applyMergePatch(member(result, name), value));
  }
  return result;
}
