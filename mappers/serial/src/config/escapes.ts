import { MapperkitError } from "@mapperkit/api";

const NAMED: Readonly<Record<string, string>> = {
  ...{ r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" },
};

/**
 * Text in which `\r`, `\n`, `\t`, `\0`, `\\` and `\x02` stand for what cannot be typed.
 * @throws MapperkitError `invalid_input` naming what is no such escape
 */
export function unescaped(text: string): string {
  return text.replaceAll(/\\(x[0-9a-f]{2}|.|$)/gis, (whole, name: string) => {
    if (name.length === 3) return String.fromCharCode(Number.parseInt(name.slice(1), 16));
    const meant = NAMED[name];
    if (meant !== undefined) return meant;
    const message = `has ${JSON.stringify(whole)}, expected \\r, \\n, \\t, \\0, \\\\ or \\x and two hex digits`;
    throw new MapperkitError("invalid_input", message);
  });
}

/**
 * Bytes written as hex: `AA 55`, or `AA55`.
 * @throws MapperkitError `invalid_input`
 */
export function hexBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/[\s,]|0x/gi, "");
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Buffer.from(digits, "hex");
  throw new MapperkitError("invalid_input", `is "${text}", expected hex bytes such as AA 55`);
}
