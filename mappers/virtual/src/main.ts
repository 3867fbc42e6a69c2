// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { virtualMapper as default } from "./virtual-mapper.ts";
