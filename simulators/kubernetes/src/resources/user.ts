/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string | undefined;
  /** what else the credentials tell */
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** May do everything, as on a cluster made by kubeadm. */
export const MASTERS_GROUP = "system:masters";
