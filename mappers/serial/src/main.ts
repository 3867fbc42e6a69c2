// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { serialMapper as default } from "./serial-mapper.ts";
