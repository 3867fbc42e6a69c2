/** The zod schemas behind the types, for those who validate. */
export { device, deviceProperty, deviceSpec, deviceStatus, twinProperty } from "./device/device.ts";
export { deviceModel, modelProperty } from "./device/device-model.ts";
export { envelope } from "./envelope/envelope.ts";
export { msgTwin, outcome, twinValue } from "./twin/twin-messages.ts";
