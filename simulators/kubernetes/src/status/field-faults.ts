import type { FieldError } from "./status-errors.ts";

/** One thing wrong with a field, in the words that Kubernetes' validation has for it. */
export function invalidField(field: string, value: unknown, text: string): FieldError {
  const message = `Invalid value: ${JSON.stringify(value)}: ${text}`;
  return { type: "FieldValueInvalid", field, message };
}

export function requiredField(field: string, text = ""): FieldError {
  const message = text === "" ? "Required value" : `Required value: ${text}`;
  return { type: "FieldValueRequired", field, message };
}

export function forbiddenField(field: string, text: string): FieldError {
  return { type: "FieldValueForbidden", field, message: `Forbidden: ${text}` };
}

export function duplicateField(field: string, value: unknown): FieldError {
  return {
    type: "FieldValueDuplicate",
    field,
    message: `Duplicate value: ${JSON.stringify(value)}`,
  };
}

export function unsupportedField(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const list = supported.map((each) => JSON.stringify(each)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { type: "FieldValueNotSupported", field, message };
}
