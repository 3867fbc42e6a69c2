export { DeviceCrds } from "./device-crds.ts";
