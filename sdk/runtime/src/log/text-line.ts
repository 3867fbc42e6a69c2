const SIMPLE = /^[\w.,:;/@+\-[\]()<>*?!%&~#$]+$/;
/** Control characters that JSON leaves as they are but a terminal obeys. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** One entry for a person: `20:51:33.120 WARN  reconcile failed  key=default/counter error="…"`. */
export function textLine(json: string): string {
  const { time, level, message, name, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const label = String(level).toUpperCase().padEnd(5);
  const source = name === undefined ? "" : `${name}: `;
  const facts = Object.entries(fields).map(([key, value]) => `${key}=${textOf(value)}`);
  const line = [`${clock} ${label} ${source}${message}`, ...facts].join("  ");
  return `${line.replace(CONTROL, escaped)}\n`;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return quotedIfNeeded(value);
  if (isErrorFields(value)) return JSON.stringify(errorText(value));
  return JSON.stringify(value);
}

function quotedIfNeeded(text: string): string {
  return SIMPLE.test(text) ? text : JSON.stringify(text);
}

interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
}

function isErrorFields(value: unknown): value is ErrorFields {
  return typeof value === "object" && value !== null && "type" in value && "message" in value;
}

/** Message and causes; the stack is for the JSON form. */
function errorText({ message, code, cause }: ErrorFields): string {
  const own = code === undefined ? message : `${message} (${code})`;
  if (!isErrorFields(cause) || message.includes(cause.message)) return own;
  return `${own}; cause: ${errorText(cause)}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
