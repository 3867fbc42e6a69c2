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

/**
 * The tail of a Status message for `errors`: `a: b`, or `[a: b, c: d]` when there are several
 * (equal texts once).
 */
export function aggregateMessage(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}
