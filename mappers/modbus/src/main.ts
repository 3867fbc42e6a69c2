// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { modbusMapper as default } from "./modbus-mapper.ts";
