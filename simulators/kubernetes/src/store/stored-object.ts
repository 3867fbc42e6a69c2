import type { KubeObject } from "../objects/kube-object.ts";

/** One object as the store holds it; never changed, only replaced. */
export interface StoredObject {
  /** `plural.group`, or the plural alone in the core group */
  readonly resource: string;
  /** empty for cluster-scoped objects */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  /** the object in its storage version, `metadata.resourceVersion` included */
  readonly json: string;
}

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One committed write, as watches see it. */
export interface Change {
  readonly type: ChangeType;
  /** the state after the write; for DELETED the last state with the deletion's version */
  readonly object: StoredObject;
  /** the state before; absent for ADDED */
  readonly previous: StoredObject | undefined;
}

export function parseStored(stored: StoredObject): KubeObject {
  return JSON.parse(stored.json) as KubeObject;
}
