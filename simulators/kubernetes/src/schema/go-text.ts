/** Texts as Go prints them: Kubernetes' messages are made of `%q`, `%v` and encoding/json. */

/** `%q`: a double-quoted Go string. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += quoteChar(char);
  return `${quoted}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function quoteChar(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return short;
  if (char >= " " && char <= "~") return char;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  // A lone surrogate cannot be UTF-8: Go would hold the replacement character.
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (!/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Z}]/u.test(char)) return char;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** encoding/json: sorted keys, no spaces, `<`, `>` and `&` escaped. Cut short below 64 levels. */
export function goJson(value: unknown, depth = 0): string {
  if (depth > 64) return "null";
  if (Array.isArray(value)) return `[${value.map((v) => goJson(v, depth + 1)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([k, v]) => `${goJson(k)}:${goJson(v, depth + 1)}`).join(",")}}`;
  }
  const text = JSON.stringify(value) ?? "null";
  return text.replace(/[<>&\u2028\u2029]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** `%v` of a number: `1e+06` for a float of that size, plain digits for an integer. */
export function goNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const [mantissa = "", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 21) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
