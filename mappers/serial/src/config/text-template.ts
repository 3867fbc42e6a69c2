import { MapperkitError } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";
import { unescaped } from "./escapes.ts";

/** What a placeholder stands for when a request is made. */
export interface TemplateValues {
  readonly address: string;
  readonly value?: PropertyValue;
}

type Part =
  | { readonly text: string }
  | { readonly name: "address" | "value"; readonly form: NumberForm | undefined };

/** `.3` digits after the point, `04d` a whole number filled up with zeros, `02X` hex. */
interface NumberForm {
  readonly width: number;
  readonly fill: "0" | " ";
  readonly digits: number | undefined;
  readonly kind: "d" | "f" | "x" | "X" | undefined;
}

const PLACEHOLDER = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const FORM = /^(0?)(\d{0,2})(?:\.(\d))?([dfxX])?$/;

/** A line to send, with `{value}` and `{address}` in it; `{value:.3f}` and the like say in which form. */
export class TextTemplate {
  readonly #parts: readonly Part[];

  /** @throws MapperkitError `invalid_input` saying what of it cannot be read */
  constructor(source: string) {
    const parts: Part[] = [];
    let at = 0;
    for (const match of source.matchAll(PLACEHOLDER)) {
      parts.push({ text: unescaped(source.slice(at, match.index)) }, partOf(match[0], match[1]));
      at = match.index + match[0].length;
    }
    parts.push({ text: unescaped(source.slice(at)) });
    this.#parts = parts;
  }

  get hasValue(): boolean {
    return this.#parts.some((part) => "name" in part && part.name === "value");
  }

  /** @throws MapperkitError `invalid_input` for a value that has no such form */
  fill(values: TemplateValues): string {
    return this.#parts
      .map((part) => ("text" in part ? part.text : formatted(values[part.name], part.form)))
      .join("");
  }
}

function partOf(whole: string, inside: string | undefined): Part {
  if (whole === "{{" || whole === "}}") return { text: whole.charAt(0) };
  const [name, form] = (inside ?? "").split(":", 2);
  if (name !== "value" && name !== "address") {
    const message = `has ${whole}, expected {value} or {address}; a brace itself is written twice`;
    throw new MapperkitError("invalid_input", message);
  }
  return { name, form: form === undefined ? undefined : parseForm(form) };
}

function parseForm(text: string): NumberForm {
  const [whole, zero, width, digits, kind] = FORM.exec(text) ?? [];
  if (whole === undefined || whole === "") {
    const message = `has the form "${text}", expected one such as .3f, 04d or 02X`;
    throw new MapperkitError("invalid_input", message);
  }
  return {
    fill: zero === "0" ? "0" : " ",
    width: Number(width ?? 0),
    digits: digits === undefined ? undefined : Number(digits),
    kind: kind as NumberForm["kind"],
  };
}

function formatted(value: PropertyValue | undefined, form: NumberForm | undefined): string {
  const plain = value instanceof Uint8Array ? Buffer.from(value).toString("base64") : `${value}`;
  if (!form) return plain;
  const text = numberText(plain, form);
  const [sign, rest] = text.startsWith("-") ? ["-", text.slice(1)] : ["", text];
  if (form.fill === " ") return text.padStart(form.width, " ");
  return sign + rest.padStart(form.width - sign.length, "0");
}

function numberText(plain: string, { digits, kind }: NumberForm): string {
  const number = Number(plain);
  if (plain.trim() === "" || !Number.isFinite(number)) throw noForm(plain, "a number");
  if (kind === "f" || digits !== undefined) return number.toFixed(digits ?? 0);
  if (kind === undefined) return plain;
  if (!/^-?\d+$/.test(plain)) throw noForm(plain, "a whole number");
  if (kind === "d") return plain;
  const hex = BigInt(plain).toString(16);
  return kind === "X" ? hex.toUpperCase() : hex;
}

function noForm(plain: string, expected: string): MapperkitError {
  const message = `value is ${JSON.stringify(plain.slice(0, 80))}, its form on the line needs ${expected}`;
  return new MapperkitError("invalid_input", message, { details: { reason: "typeMismatch" } });
}
