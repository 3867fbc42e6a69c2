import { applyMergePatch } from "../patch/index.ts";
import type { JsonSchemaProps } from "../schema/index.ts";

/** An apply patch. */
export interface Apply {
  /** The stored object; absent when the apply creates it. */
  readonly live?: object | undefined;
  /** The body of the request. */
  readonly applied: object;
  readonly manager: string;
  readonly force: boolean;
  readonly apiVersion: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly schema?: JsonSchemaProps | undefined;
  readonly subresource?: string | undefined;
}

/** A field that another manager owns with another value. */
export interface ApplyConflict {
  /** `.spec.replicas`, as the Status cause's field. */
  readonly field: string;
  /** The Status cause's message: `conflict with "kubectl-edit" using demo.example.com/v1 at …`. */
  readonly message: string;
}

/** The object to store, or why it may not be. */
export type ApplyResult =
  | { readonly object: object }
  | { readonly conflicts: readonly ApplyConflict[]; readonly message: string };

/** Merges an apply patch into the live object and keeps the owners of fields. */
export function serverSideApply(o: Apply): ApplyResult {
  return { object: applyMergePatch(o.live ?? {}, o.applied) as object };
}
