export { pumpModel, pumpSimulator } from "./devices/pump.ts";
export { opcuaFarSide } from "./from-devices/opcua-far-side.ts";
export { createOpcua, type Opcua } from "./opcua.ts";
export { type OpcuaSimConfig, opcuaSimConfig } from "./opcua-config.ts";
export {
  type OpcuaServer,
  type ServedDevice,
  type ServerOptions,
  serveOpcua,
} from "./server/opcua-plants.ts";
export type { SecurityOptions } from "./server/security.ts";
