import { createRequire } from "node:module";

/** The YAML library, 10 MB and 30 ms: loaded only by a program that is given a file or a variable. */
export function loadYaml(): typeof import("yaml") {
  return createRequire(import.meta.url)("yaml");
}
