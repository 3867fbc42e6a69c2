export { ApiServer, type ServerKeys } from "./api-server.ts";
