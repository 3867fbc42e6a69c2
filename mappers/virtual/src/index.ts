export { virtualMapper } from "./virtual-mapper.ts";
