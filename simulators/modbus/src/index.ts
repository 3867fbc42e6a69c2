export { type CatalogueDevice, catalogue, catalogueDevices } from "./devices/catalogue.ts";
export { modbusFarSide } from "./from-devices/modbus-far-side.ts";
export { createModbus, type Modbus, type Surroundings } from "./modbus.ts";
export { type BusDevice, type BusOptions, type ModbusBus, serveBus } from "./modbus-bus.ts";
export { type ModbusConfig, modbusConfig } from "./modbus-config.ts";
export {
  modbusRtuPty,
  modbusTcp,
  type OverModbusOptions,
  type OverPtyOptions,
  rtuOverTcp,
} from "./over-modbus.ts";
export type { AddressSpan, DeviceQuirks } from "./pdu/device-quirks.ts";
