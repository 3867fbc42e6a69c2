import type { PodTemplate } from "./workload-kinds.ts";

// Without vowels and look-alikes, as in generated names.
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for what a template says; `collisions` gives another one when that is taken. */
export function templateHash(template: PodTemplate, collisions = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${JSON.stringify(template)}${collisions || ""}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return [...String(hash)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}
