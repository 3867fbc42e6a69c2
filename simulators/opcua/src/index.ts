export { pumpModel, pumpSimulator } from "./devices/pump.ts";
export {
  type OpcuaServer,
  type ServedDevice,
  type ServerOptions,
  serveOpcua,
} from "./server/opcua-plants.ts";
export type { SecurityOptions } from "./server/security.ts";
