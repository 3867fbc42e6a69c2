/** What an edge of some release understands (device-api.md 12). */
export interface EdgeRelease {
  /** Below 1.16 the id of a device is its bare name. */
  readonly hasBareIds: boolean;
  /** From 1.15 on edges take Devices and DeviceModels; older ones would never acknowledge them. */
  readonly takesObjects: boolean;
}

export const CURRENT_RELEASE: EdgeRelease = { hasBareIds: false, takesObjects: true };

export function isSameRelease(a: EdgeRelease, b: EdgeRelease): boolean {
  return a.hasBareIds === b.hasBareIds && a.takesObjects === b.takesObjects;
}

/** @param kubeletVersion as the edge's Node has it: `v1.32.10-kubeedge-v1.23.0` */
export function edgeReleaseOf(kubeletVersion: string | undefined): EdgeRelease {
  const minor = /kubeedge-v1\.(\d+)/.exec(kubeletVersion ?? "")?.[1];
  if (minor === undefined) return CURRENT_RELEASE;
  return { hasBareIds: Number(minor) < 16, takesObjects: Number(minor) >= 15 };
}
