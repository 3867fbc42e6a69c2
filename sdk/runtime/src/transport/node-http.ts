/**
 * The module node:http. A static import of it makes Node load its other HTTP client too (undici, for
 * the names it re-exports): 13 MB and 50 ms in every process. node:https does not.
 */
export function nodeHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}
