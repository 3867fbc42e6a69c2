import type { z } from "zod";
import { schemaNodeOf } from "./schema-node.ts";
import type { SettingPath, Settings } from "./settings.ts";
import { valueOfText } from "./value-of-text.ts";

/**
 * Takes the settings that the schema knows from the environment. Unknown names with the prefix are
 * left alone: Kubernetes puts `<SERVICE>_PORT` and the like into every pod. An empty one counts as
 * not given.
 */
export function collectEnvironment(
  settings: Settings,
  schema: z.ZodType,
  env: NodeJS.ProcessEnv,
  prefix: string,
  path: SettingPath = [],
): void {
  const node = schemaNodeOf(schema);
  if (node.kind === "object") {
    for (const [key, field] of node.fields) {
      collectEnvironment(settings, field, env, prefix, [...path, key]);
    }
    return;
  }
  if (path.length === 0) return;
  const name = environmentName(prefix, path);
  const text = env[name];
  if (text) settings.set(path, valueOfText(schema, text), `environment variable ${name}`);
}

/** `EDGE`, `mqtt.whenPortTaken` → `EDGE_MQTT_WHEN_PORT_TAKEN` */
export function environmentName(prefix: string, path: SettingPath): string {
  return [prefix.replace(/_$/, ""), ...path]
    .map((part) => part.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/[^A-Za-z0-9]/g, "_"))
    .join("_")
    .toUpperCase();
}
