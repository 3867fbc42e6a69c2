// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { opcuaMapper as default } from "./opcua-mapper.ts";
