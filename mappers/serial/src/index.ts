export { serialMapper } from "./serial-mapper.ts";
