import type { z } from "zod";
import { loadYaml } from "./load-yaml.ts";

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["on", true],
  ["yes", true],
  ["true", true],
  ["0", false],
  ["off", false],
  ["no", false],
  ["false", false],
]);

/**
 * What a text from the environment or a flag means to a setting: the first reading that its schema
 * accepts, of the text itself, a YAML value, a boolean word, a comma-separated list.
 */
export function valueOfText(schema: z.ZodType, text: string): unknown {
  if (accepts(schema, text)) return text;
  const yaml = yamlValue(text);
  const readings = [yaml, WORDS.get(text.toLowerCase()), text.split(",").map((s) => s.trim())];
  const accepted = readings.find((reading) => reading !== undefined && accepts(schema, reading));
  // When none fits, the typed reading gives the better complaint: "too small" rather than "no number".
  return accepted ?? yaml ?? text;
}

function accepts(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}

function yamlValue(text: string): unknown {
  try {
    // Silent: a warning would print the text, which may be a secret.
    return loadYaml().parse(text, { logLevel: "error" });
  } catch {
    return undefined;
  }
}
