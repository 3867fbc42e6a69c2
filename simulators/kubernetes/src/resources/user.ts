/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** May do everything, as on a cluster made by kubeadm. */
export const MASTERS_GROUP = "system:masters";
