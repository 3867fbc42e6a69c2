import type { z } from "zod";
import { schemaNodeOf } from "./schema-node.ts";
import { isPlainObject, type SettingPath, type Settings } from "./settings.ts";
import { valueOfText } from "./value-of-text.ts";

/** Takes the settings that a file or the flags give, one by one, so that the next source can win over each. */
export function collectFields(
  settings: Settings,
  schema: z.ZodType,
  fields: Readonly<Record<string, unknown>>,
  source: string,
  path: SettingPath = [],
): void {
  const node = schemaNodeOf(schema);
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const at = [...path, key];
    if (node.kind === "map") {
      collectValue(settings, node.value, value, source, at);
    } else if (node.kind === "value" || (node.isOpen && !node.fields.has(key))) {
      settings.set(at, value, source);
    } else {
      const field = node.fields.get(key);
      const dot = key.indexOf(".");
      if (field) collectValue(settings, field, value, source, at);
      else if (dot > 0) {
        const nested = { [key.slice(0, dot)]: { [key.slice(dot + 1)]: value } };
        collectFields(settings, schema, nested, source, path);
      } else settings.addUnknown(at, [...node.fields.keys()], source);
    }
  }
}

function collectValue(
  settings: Settings,
  schema: z.ZodType,
  value: unknown,
  source: string,
  path: SettingPath,
): void {
  const isNested = schemaNodeOf(schema).kind !== "value" && isPlainObject(value);
  if (isNested) collectFields(settings, schema, value, source, path);
  else settings.set(path, typeof value === "string" ? valueOfText(schema, value) : value, source);
}
