import type { z } from "zod";
import { collectEnvironment } from "./collect-environment.ts";
import { collectFields } from "./collect-fields.ts";
import { configError } from "./config-error.ts";
import { readConfigFile } from "./read-config-file.ts";
import { Settings } from "./settings.ts";

export interface ConfigSources {
  /** A YAML or JSON file. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** With the prefix `EDGE`, `EDGE_MQTT_PORT` sets `mqtt.port`. Without it the environment is not read. */
  readonly envPrefix?: string | undefined;
  /** Nested, or with dots in their names; undefined ones count as not given. */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Joins a program's settings: flags win over environment, environment over file, file over the
 * schema's defaults.
 * @throws MapperkitError `invalid_input`, one line that names each wrong key and where it came from
 */
export function loadConfig<T>(schema: z.ZodType<T>, sources: ConfigSources): T {
  const settings = new Settings();
  if (sources.file !== undefined) {
    collectFields(settings, schema, readConfigFile(sources.file), sources.file);
  }
  if (sources.env && sources.envPrefix !== undefined) {
    collectEnvironment(settings, schema, sources.env, sources.envPrefix);
  }
  if (sources.flags) collectFields(settings, schema, sources.flags, "the command line");
  settings.throwIfUnknown();

  const result = schema.safeParse(settings.toValue());
  if (!result.success) throw configError(result.error, settings);
  return result.data;
}
