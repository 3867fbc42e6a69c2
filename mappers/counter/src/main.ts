// biome-ignore lint/style/noDefaultExport: `mapperkit mapper run FILE` runs what a mapper file exports by default
export { counterMapper as default } from "./counter-mapper.ts";
