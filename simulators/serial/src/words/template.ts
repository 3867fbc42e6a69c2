import { MapperkitError } from "@mapperkit/api";

/** A piece of a request: text, or the place of something. */
export type Piece = { readonly text: string } | { readonly place: string; readonly form: string };

const ESCAPES: Readonly<Record<string, string>> = {
  r: "\r",
  n: "\n",
  t: "\t",
  "0": "\0",
  "\\": "\\",
};

/** Text with `\r`, `\x02` and the like. */
export function plainText(text: string): string {
  let plain = "";
  for (let at = 0; at < text.length; at += 1) {
    const next = text[at + 1] ?? "";
    if (text[at] !== "\\") {
      plain += text[at];
    } else if (next === "x") {
      plain += String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 4), 16));
      at += 3;
    } else {
      plain += ESCAPES[next] ?? next;
      at += 1;
    }
  }
  return plain;
}

/** Cuts a line's template at its `{…}`; `{{` and `}}` are braces. */
export function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  for (let at = 0; at < template.length; at += 1) {
    const char = template[at] ?? "";
    const isDouble = (char === "{" || char === "}") && template[at + 1] === char;
    if (isDouble || char !== "{") {
      text += char;
      at += isDouble ? 1 : 0;
      continue;
    }
    const end = template.indexOf("}", at);
    if (end < 0)
      throw new MapperkitError("invalid_input", `has no } in ${JSON.stringify(template)}`);
    const [place = "", form = ""] = template.slice(at + 1, end).split(":");
    pieces.push({ text: plainText(text) }, { place: place.trim(), form });
    text = "";
    at = end;
  }
  return [...pieces, { text: plainText(text) }];
}

/** Bytes of hex text. @throws MapperkitError `invalid_input` */
export function bytesOf(hex: string): Buffer {
  const digits = hex.replace(/0x/gi, "").replace(/[\s,]/g, "");
  if (digits.length % 2 === 0 && !/[^0-9a-f]/i.test(digits)) return Buffer.from(digits, "hex");
  throw new MapperkitError("invalid_input", `is ${JSON.stringify(hex)}, must be hex bytes`);
}
