import { goJson, goNumber, quote } from "./go-text.ts";

/** The `reason` of a Status cause. @see k8s.io/apimachinery/pkg/util/validation/field */
export type FieldErrorType =
  | "FieldValueInvalid"
  | "FieldValueRequired"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueNotFound"
  | "FieldValueTypeInvalid"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError";

/** One fault of an object. `message` is the cause's message: it does not repeat `field`. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.list[0].x`; `<nil>` for a remark on the whole object. */
  readonly field: string;
  readonly message: string;
}

/** The field of a remark on the whole object. */
export const NO_FIELD = "<nil>";

/** A value as a message shows it. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return '"null"';
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return goNumber(value);
  return goJson(value);
}

function make(
  type: FieldErrorType,
  field: string,
  head: string,
  detail: string | undefined,
): FieldError {
  return { type, field: field || NO_FIELD, message: detail ? `${head}: ${detail}` : head };
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return make("FieldValueInvalid", field, `Invalid value: ${showValue(value)}`, detail);
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return make("FieldValueTypeInvalid", field, `Invalid value: ${showValue(value)}`, detail);
}

export function required(field: string, detail = ""): FieldError {
  return make("FieldValueRequired", field, "Required value", detail);
}

export function forbidden(field: string, detail: string): FieldError {
  return make("FieldValueForbidden", field, "Forbidden", detail);
}

export function duplicate(field: string, value: unknown): FieldError {
  return make("FieldValueDuplicate", field, `Duplicate value: ${showValue(value)}`, "");
}

export function notSupported(
  field: string,
  value: unknown,
  allowed: readonly unknown[],
): FieldError {
  const texts = allowed.map((v) => quote(typeof v === "string" ? v : goJson(v)));
  const detail = texts.length > 0 ? `supported values: ${texts.join(", ")}` : "";
  return make("FieldValueNotSupported", field, `Unsupported value: ${showValue(value)}`, detail);
}

export function tooLong(field: string, limit: number): FieldError {
  return make("FieldValueTooLong", field, "Too long", `may not be more than ${limit} bytes`);
}

export function tooMany(field: string, actual: number, limit: number): FieldError {
  const detail = `must have at most ${limit} ${limit === 1 ? "item" : "items"}`;
  return make("FieldValueTooMany", field, `Too many: ${actual}`, detail);
}

/**
 * The tail of a Status message for `errors`: `a: b`, or `[a: b, c: d]` when there are several
 * (equal texts once).
 */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}
