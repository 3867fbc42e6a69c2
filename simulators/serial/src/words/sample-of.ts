/** What is put in places of a pattern that stand for anything. */
export interface SampleWords {
  /** In place of the first group; undefined makes up what the group asks for. */
  readonly group?: string;
  /** In place of `.*` and `.+`. */
  readonly anything?: string;
  /** In place of `.`. Default `x`. */
  readonly any?: string;
}

/**
 * A text that a regular expression of the usual kind matches: literals, classes, groups,
 * alternatives (the first), repetitions (as few as possible). Undefined where it finds none.
 */
export function sampleOf(pattern: string, words: SampleWords): string | undefined {
  try {
    const reader = new PatternReader(pattern, words);
    const sample = reader.alternatives();
    return reader.isAtEnd && new RegExp(pattern).test(sample) ? sample : undefined;
  } catch {
    return undefined;
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  d: "1",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
};
const CONTROLS: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t" };

class PatternReader {
  readonly #pattern: string;
  readonly #words: SampleWords;
  #at = 0;
  #groups = 0;

  constructor(pattern: string, words: SampleWords) {
    this.#pattern = pattern;
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  alternatives(): string {
    const first = this.#sequence();
    while (this.#takes("|")) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = "";
    while (!this.isAtEnd && !"|)".includes(this.#peek)) text += this.#piece();
    return text;
  }

  #piece(): string {
    const isDot = this.#peek === ".";
    const one = this.#atom();
    const least = this.#repetition();
    if (least === undefined) return one;
    if (isDot && this.#words.anything !== undefined) return this.#words.anything;
    return one.repeat(least);
  }

  #atom(): string {
    if (this.#takes("(")) return this.#group();
    if (this.#takes("[")) return this.#class();
    const char = this.#next();
    if (char === "^" || char === "$") return "";
    if (char === ".") return this.#words.any ?? "x";
    return char === "\\" ? this.#escape() : char;
  }

  #group(): string {
    const isCapturing = !this.#takes("?:");
    const isFirst = isCapturing && this.#groups === 0;
    if (isCapturing) this.#groups += 1;
    const inner = this.alternatives();
    if (!this.#takes(")")) throw new Error("group without end");
    return isFirst ? (this.#words.group ?? inner) : inner;
  }

  #class(): string {
    const isNegated = this.#takes("^");
    const char = this.#next();
    const first = char === "\\" ? this.#escape() : char;
    while (this.#peek !== "]") {
      if (this.isAtEnd) throw new Error("class without end");
      if (this.#next() === "\\") this.#next();
    }
    this.#next();
    return isNegated ? "x" : first;
  }

  #escape(): string {
    const char = this.#next();
    if (char === "b" || char === "A" || char === "z") return "";
    if (char === "x") {
      const code = Number.parseInt(this.#next() + this.#next(), 16);
      return String.fromCharCode(code);
    }
    return CLASSES[char] ?? CONTROLS[char] ?? char;
  }

  /** How often at least what came before is repeated; undefined where it is not. */
  #repetition(): number | undefined {
    const count = /^\{(\d+)(,\d*)?\}/.exec(this.#pattern.slice(this.#at));
    const least = this.#takes("*") || this.#takes("?") ? 0 : this.#takes("+") ? 1 : undefined;
    if (least === undefined && !count) return undefined;
    if (count) this.#at += count[0].length;
    this.#takes("?");
    return least ?? Number(count?.[1]);
  }

  get #peek(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #next(): string {
    if (this.isAtEnd) throw new Error("pattern ends too soon");
    const char = this.#peek;
    this.#at += 1;
    return char;
  }

  #takes(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
