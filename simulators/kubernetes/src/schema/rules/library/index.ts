import type { Environment } from "@marcbachmann/cel-js";
import { addAddressFunctions } from "./addresses.ts";
import { addListFunctions } from "./lists.ts";
import { addFormatFunctions } from "./named-formats.ts";
import { addQuantityFunctions } from "./quantity.ts";
import { addStringFunctions } from "./strings.ts";
import { addUrlFunctions } from "./urls.ts";

/** What Kubernetes offers to expressions and the engine lacks. @see k8s.io/apiserver/pkg/cel/library */
export function addKubernetesLibrary(env: Environment): void {
  addStringFunctions(env);
  addListFunctions(env);
  addQuantityFunctions(env);
  addAddressFunctions(env);
  addUrlFunctions(env);
  addFormatFunctions(env);
}
