import { type ErrorCode, MapperkitError } from "@mapperkit/api";

const FINAL: ReadonlySet<ErrorCode> = new Set(["invalid_input", "unsupported", "rejected"]);

/** Whether trying the same again may help. */
export function isRetryable(error: unknown): boolean {
  return !(error instanceof MapperkitError && FINAL.has(error.code));
}
