/** Control characters that a terminal obeys, and the separators that break lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a device for a terminal: on one line, without control characters, cut at `longest`. */
export function printable(text: string, longest = 80): string {
  const cut =
    text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
  return cut.replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The same between quotes where it would not be seen as one word. */
export function printableWord(text: string, longest?: number): string {
  const shown = printable(text, longest);
  return /^[^\s"',=]+$/.test(shown) ? shown : `"${shown.replaceAll('"', '\\"')}"`;
}
