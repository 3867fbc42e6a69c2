import { defineMapper, type Mapper } from "@mapperkit/sdk";
import { opcuaDriver } from "./opcua-driver.ts";

/**
 * OPC UA over opc.tcp. Takes devices of protocol `opcua`, configured in our names or in those that
 * v1alpha2's `protocol.opcua` and visitors have after conversion.
 */
export const opcuaMapper: Mapper = defineMapper(opcuaDriver);
