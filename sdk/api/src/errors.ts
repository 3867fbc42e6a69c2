/**
 * What the caller can do about an error. HTTP status, exit code and retry are decided from it, at
 * the border.
 */
export type ErrorCode =
  | "invalid_input"
  | "not_found"
  | "conflict"
  | "unreachable"
  | "timed_out"
  | "rejected"
  | "unsupported"
  | "internal";

/** The one error that mapperkit throws. A library's error becomes its `cause`. */
export class MapperkitError extends Error {
  override readonly name = "MapperkitError";
  readonly code: ErrorCode;
  /** Facts for programs and logs: device, property, field, value, … */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** A foreign value in a message: short, and safe however large or deep it is. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") {
    return JSON.stringify(value.length > 64 ? `${value.slice(0, 61)}...` : value);
  }
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
