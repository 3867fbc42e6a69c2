export { type DeviceQuirks, quirkProfiles } from "./config/quirk-profiles.ts";
export { modbusMapper } from "./modbus-mapper.ts";
