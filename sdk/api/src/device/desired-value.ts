import { describeValue } from "../errors.ts";
import type { DeviceFault } from "./device-fault.ts";
import type { ModelProperty } from "./device-model.ts";
import { checkValueOfType, isFiniteDecimal } from "./value-type.ts";

/** The longest value that a twin carries unless an edge is told otherwise, in bytes of UTF-8. */
const MAX_VALUE_BYTES = 65_536;

/** Whether the model lets a user ask for `value`; the fault names the Device's field if not. */
export function checkDesired(property: ModelProperty, value: string): DeviceFault | undefined {
  const field = `spec.properties[${property.name}].desired.value`;
  const fault = (reason: string, what: string): DeviceFault => ({
    field,
    property: property.name,
    reason,
    message: `${field} ${what}`,
  });
  const shown = describeValue(value);

  if (property.accessMode === "ReadOnly") {
    return fault("ReadOnlyProperty", `is ${shown}, but the model's accessMode is ReadOnly`);
  }
  const bytes = byteLength(value);
  if (bytes > MAX_VALUE_BYTES) {
    return fault("ValueTooLong", `has ${bytes} bytes, must have ${MAX_VALUE_BYTES} at most`);
  }
  const expectation = expectationOf(property.type, value);
  if (expectation) return fault("WrongType", `is ${shown}, must be ${expectation}`);
  const bound = brokenBound(property, value);
  return bound === undefined ? undefined : fault("OutOfRange", `is ${shown}, must be ${bound}`);
}

function expectationOf(type: string | undefined, value: string): string | undefined {
  switch (type) {
    case "INT":
      return checkValueOfType("int", value) && "a whole number of 64 bits (type INT)";
    case "FLOAT":
    case "DOUBLE":
      return isFiniteDecimal(value) ? undefined : `a decimal number (type ${type})`;
    case "BOOLEAN":
      return checkValueOfType("boolean", value) && '"true" or "false" (type BOOLEAN)';
    default:
      return undefined;
  }
}

function brokenBound({ type, minimum, maximum }: ModelProperty, value: string): string | undefined {
  if (type !== "INT" && type !== "FLOAT" && type !== "DOUBLE") return undefined;
  if (isNumber(minimum) && compare(value, minimum) < 0) return `${minimum} or more (minimum)`;
  if (isNumber(maximum) && compare(value, maximum) > 0) return `${maximum} or less (maximum)`;
  return undefined;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && isFiniteDecimal(text);
}

/** Exact for whole numbers beyond 2^53 too. */
function compare(a: string, b: string): number {
  const whole = /^[+-]?\d+$/;
  if (whole.test(a) && whole.test(b)) {
    const difference = BigInt(a.replace("+", "")) - BigInt(b.replace("+", ""));
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return Number(a) - Number(b);
}

/** Bytes of the UTF-8 form, counted without making it. */
function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair makes four bytes, so each half counts two.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
  }
  return bytes;
}
