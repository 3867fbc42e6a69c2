/** The key in the ConfigMap, and the file's name where it is mounted. */
export const PROFILE_KEY = "deviceProfile.json";

/** One ConfigMap of a node. */
export interface ProfileRef {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
}

/** A ConfigMap as the API server has it. */
export interface DeviceFileMap {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/**
 * KubeEdge's name for the first part; a mapper that is to read more parts mounts them too. The number
 * stands before the node's name, for a node may be called `<other>-2`.
 */
export function profileName(node: string, part: number): string {
  return part === 0 ? `device-profile-config-${node}` : `device-profile-part-${part + 1}-${node}`;
}
