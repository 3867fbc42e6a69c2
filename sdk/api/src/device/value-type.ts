const INTEGER = /^[+-]?\d+$/;
const MIN_INT64 = -(2n ** 63n);
/** Counters of 64 bits without a sign are whole numbers too; KubeEdge's own edges end at 2^63 - 1. */
const MAX_UINT64 = 2n ** 64n - 1n;
/** What Go's strconv.ParseFloat takes. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const SPECIAL = /^(nan|[+-]?inf(inity)?|[+-]?0x([\da-f]+\.?[\da-f]*|\.[\da-f]+)p[+-]?\d+)$/i;

/**
 * Checks a value against a twin's type: KubeEdge's (string, int, integer, float, boolean, deleted)
 * and ours (double, bytes, array, object). Returns the reason of a refusal, in KubeEdge's words
 * where it has them (mqtt-topics §2.5).
 */
export function checkValueOfType(type: string, value: string): string | undefined {
  switch (type) {
    case "":
    case "string":
    case "bytes":
    case "deleted":
      return undefined;
    case "int":
    case "integer":
      return isWhole64(value) ? undefined : "the value is not int or integer";
    case "float":
    case "double":
      return isFloat(value) ? undefined : `the value is not ${type}`;
    case "boolean":
      return value === "true" || value === "false"
        ? undefined
        : "the bool value must be true or false";
    case "array":
      return Array.isArray(jsonOf(value)) ? undefined : "the value is not a JSON array";
    case "object":
      return isJsonObject(jsonOf(value)) ? undefined : "the value is not a JSON object";
    default:
      return "the value type is not allowed";
  }
}

function isWhole64(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  if (text.length <= 15) return true;
  const value = BigInt(text.replace("+", ""));
  return value >= MIN_INT64 && value <= MAX_UINT64;
}

export function isFloat(text: string): boolean {
  return (DECIMAL.test(text) && Number.isFinite(Number(text))) || SPECIAL.test(text);
}

/** A finite decimal number, the only kind that a desired value may be. */
export function isFiniteDecimal(text: string): boolean {
  return DECIMAL.test(text) && Number.isFinite(Number(text));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isJsonObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
