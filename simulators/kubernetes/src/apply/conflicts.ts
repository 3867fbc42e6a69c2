import { type FieldPath, showPath } from "./field-set.ts";
import type { ManagedEntry } from "./managed-fields.ts";

/** A field that an apply would change, and who owns it. */
export interface OwnedConflict {
  readonly owner: ManagedEntry;
  readonly path: FieldPath;
}

/** A field that another manager owns with another value. */
export interface ApplyConflict {
  /** `.spec.replicas`, as the Status cause's field. */
  readonly field: string;
  /** The Status cause's message: `conflict with "kubectl-edit" using demo.example.com/v1`. */
  readonly message: string;
}

function showOwner({ manager, subresource, operation, apiVersion }: ManagedEntry): string {
  const within = subresource === "" ? "" : ` with subresource "${subresource}"`;
  const using = operation === "Update" ? ` using ${apiVersion}` : "";
  return `${JSON.stringify(manager)}${within}${using}`;
}

/** The causes and the message of a refused apply. */
export function describeConflicts(conflicts: readonly OwnedConflict[]): {
  conflicts: ApplyConflict[];
  message: string;
} {
  const shown = conflicts
    .map(({ owner, path }) => ({ owner: showOwner(owner), field: showPath(path) }))
    .sort((a, b) => (a.owner === b.owner ? 0 : a.owner < b.owner ? -1 : 1));
  const causes = shown.map(({ owner, field }) => ({ field, message: `conflict with ${owner}` }));
  const [first] = shown;
  if (first && shown.length === 1) {
    const message = `Apply failed with 1 conflict: conflict with ${first.owner}: ${first.field}`;
    return { conflicts: causes, message };
  }
  const lines: string[] = [];
  for (const [i, { owner, field }] of shown.entries()) {
    if (shown[i - 1]?.owner !== owner) lines.push(`conflicts with ${owner}:`);
    lines.push(`- ${field}`);
  }
  const message = `Apply failed with ${shown.length} conflicts: ${lines.join("\n")}`;
  return { conflicts: causes, message };
}
