import { type FieldError, invalid, tooLong, typeInvalid } from "../field-error.ts";
import { goNumber, quote } from "../go-text.ts";
import type { SchemaNode } from "../schema-node.ts";

interface Errors {
  readonly errors: FieldError[];
}

/** Lengths in code points, pattern (RE2), format. */
export function checkString(
  text: string,
  node: SchemaNode,
  path: string,
  { errors }: Errors,
): void {
  const { minLength, maxLength, pattern } = node.props;
  if (maxLength !== undefined && isLongerThan(text, maxLength)) {
    errors.push(tooLong(path, maxLength));
  }
  if (minLength !== undefined && minLength > 0 && !isLongerThan(text, minLength - 1)) {
    const detail = `${path} in body should be at least ${minLength} chars long`;
    errors.push(invalid(path, text, detail));
  }
  if (typeof node.pattern === "string") {
    const broken = `${pattern}, but pattern is invalid: ${node.pattern}`;
    errors.push(invalid(path, text, `${path} in body should match '${broken}'`));
  } else if (node.pattern && !node.pattern.test(text)) {
    errors.push(invalid(path, text, `${path} in body should match '${pattern}'`));
  }
  if (node.format && !node.format.accepts(text)) {
    const detail = `${path} in body must be of type ${node.format.name}: ${quote(text)}`;
    errors.push(typeInvalid(path, text, detail));
  }
}

function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > 2 * limit) return true;
  let count = 0;
  for (const _ of text) if (++count > limit) return true;
  return false;
}

/** multipleOf, maximum, minimum. */
export function checkNumber(
  value: number,
  node: SchemaNode,
  path: string,
  { errors }: Errors,
): void {
  const { multipleOf, maximum, minimum } = node.props;
  const fail = (text: string, bound: number): void => {
    errors.push(invalid(path, value, `${path} in body should be ${text} ${goNumber(bound)}`));
  };
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf)) {
    fail("a multiple of", multipleOf);
  }
  if (maximum !== undefined) {
    if (node.props.exclusiveMaximum) {
      if (value >= maximum) fail("less than", maximum);
    } else if (value > maximum) fail("less than or equal to", maximum);
  }
  if (minimum !== undefined) {
    if (node.props.exclusiveMinimum) {
      if (value <= minimum) fail("greater than", minimum);
    } else if (value < minimum) fail("greater than or equal to", minimum);
  }
}

function isMultiple(value: number, factor: number): boolean {
  const ratio = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(ratio - Math.round(ratio)) < 1e-9 * Math.max(1, Math.abs(ratio));
}
