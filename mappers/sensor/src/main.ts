// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { sensorMapper as default } from "./sensor-mapper.ts";
