export { DeviceProfiles } from "./device-profiles.ts";
export { type DeviceFileMap, PROFILE_KEY, type ProfileRef } from "./profile-map.ts";
export type { ProfileStore } from "./profile-store.ts";
