export { type Accepted, negotiate, type Shape } from "./negotiate.ts";
export {
  type IncludeObject,
  type Representation,
  readIncludeObject,
  represent,
  representList,
} from "./represent.ts";
