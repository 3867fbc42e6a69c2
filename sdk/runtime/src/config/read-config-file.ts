import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import { loadYaml } from "./load-yaml.ts";

/**
 * The settings of a YAML or JSON file (JSON is YAML). An empty file has none.
 * @throws MapperkitError `invalid_input` naming the file, and the line where there is one
 */
export function readConfigFile(file: string): Record<string, unknown> {
  const value = parseText(readText(file), file);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw refusal(file, "expected a mapping of settings, as in `port: 1883`");
  }
  return value as Record<string, unknown>;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    throw refusal(file, reason, cause);
  }
}

function parseText(text: string, file: string): unknown {
  const { parse, YAMLParseError } = loadYaml();
  try {
    return parse(text, { logLevel: "error" });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
    const place = line === undefined || message.includes(`line ${line}`) ? "" : ` in line ${line}`;
    throw refusal(file, `neither YAML nor JSON: ${message.replace(/:$/, "")}${place}`, cause);
  }
}

function refusal(file: string, reason: string, cause?: unknown): MapperkitError {
  return new MapperkitError("invalid_input", `config file ${file}: ${reason}`, {
    cause,
    details: { file },
  });
}
