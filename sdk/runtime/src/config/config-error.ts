import { MapperkitError } from "@mapperkit/api";
import type { z } from "zod";
import type { Settings } from "./settings.ts";

const SECRET_KEY = /token|passw|passphrase|secret|private|credential|key$/i;
const LONGEST_VALUE = 60;

/** All that is wrong with a config, in one line. Values of secrets are not shown. */
export function configError(error: z.ZodError, settings: Settings): MapperkitError {
  const config = settings.toValue();
  const complaints = error.issues.map((issue) => {
    const path = issue.path.map(String);
    const value = valueAt(config, path);
    const source = settings.sourceOf(path);
    const where = path.join(".") || "config";
    if (value === undefined) return `${where}: is missing${expectationOf(issue)}`;
    const shown = path.some((key) => SECRET_KEY.test(key)) ? "" : `, is ${shortened(value)}`;
    return `${where}: ${messageOf(issue)}${shown}${source ? ` (from ${source})` : ""}`;
  });
  return new MapperkitError("invalid_input", `bad config: ${complaints.join("; ")}`, {
    details: { keys: error.issues.map((issue) => issue.path.join(".")) },
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.message.replace(/^Invalid input: /, "").replaceAll("\n", " ");
}

function expectationOf(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" ? `, expected ${issue.expected}` : "";
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    config,
  );
}
