import type { DeviceFileMap, ProfileRef } from "./profile-map.ts";

/** Where Kubernetes keeps the files that mappers of old mount. */
export interface ProfileStore {
  /** Makes or changes it; the answer is the whole object. */
  write(ref: ProfileRef, text: string, signal: AbortSignal): Promise<DeviceFileMap>;
  /** Fine when there is none. */
  delete(ref: ProfileRef, signal: AbortSignal): Promise<void>;
  /** All that some cloudcore has written. */
  list(signal: AbortSignal): Promise<readonly ProfileRef[]>;
}
