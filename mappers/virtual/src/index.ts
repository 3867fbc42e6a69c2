export { virtualFarSide } from "./virtual-far-side.ts";
export { virtualMapper } from "./virtual-mapper.ts";
