export { counterMapper } from "./counter-mapper.ts";
