export { parseSelection, type Selection } from "./selection.ts";
