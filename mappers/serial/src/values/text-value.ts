import type { PropertyType } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";

/** What a device calls true and false. */
export interface TruthWords {
  readonly trueText: string;
  readonly falseText: string;
}

const TRUE: ReadonlySet<string> = new Set(["1", "on", "true", "yes"]);
const FALSE: ReadonlySet<string> = new Set(["0", "off", "false", "no"]);

/** The value that a text of the device's stands for; the SDK judges whether it is one of the type. */
export function valueOfText(type: PropertyType, text: string, words: TruthWords): PropertyValue {
  const trimmed = text.trim();
  if (type !== "BOOLEAN") return type === "STRING" ? text : trimmed;
  if (trimmed === words.trueText) return true;
  if (trimmed === words.falseText) return false;
  const lower = trimmed.toLowerCase();
  return TRUE.has(lower) ? true : FALSE.has(lower) ? false : trimmed;
}

/** A value as it is put into a line. */
export function textOfValue(value: PropertyValue, words: TruthWords): PropertyValue {
  if (typeof value !== "boolean") return value;
  return value ? words.trueText : words.falseText;
}
