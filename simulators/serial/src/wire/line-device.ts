import { MapperkitError } from "@mapperkit/api";
import { LineSplitter, type Panel, type Reading, type WireRequest } from "@mapperkit/sim-plant";
import { sampleOf } from "../words/sample-of.ts";
import { piecesOf, plainText } from "../words/template.ts";
import {
  type DescribedDevice,
  type DescribedProperty,
  refusalWords,
  type SpokenDevice,
} from "./spoken-device.ts";

interface LineProperty extends DescribedProperty {
  readonly query: string | undefined;
  readonly command: RegExp | undefined;
  readonly confirm: string | undefined;
}

const MAX_LINE_BYTES = 4096;

/** A device that speaks in lines of text. */
export class LineDevice implements SpokenDevice {
  readonly spoils = [];
  readonly #device: DescribedDevice;
  readonly #properties: readonly LineProperty[];
  readonly #end: string;
  readonly #answerEnd: string;
  /** Why the last command was refused, until somebody asks. */
  #lastRefusal: string | undefined;

  /** @throws MapperkitError `invalid_input` with `details.property` and `details.key` */
  constructor(device: DescribedDevice) {
    this.#device = device;
    const { terminator, answerTerminator = terminator } = device.words;
    this.#end = plainText(terminator);
    this.#answerEnd = plainText(answerTerminator);
    this.#properties = device.properties.map((described) => this.#prepared(described));
  }

  spoil(): undefined {
    return undefined;
  }

  open(): (bytes: Uint8Array) => readonly WireRequest[] {
    const lines = splitterOf(this.#end);
    return (bytes) =>
      lines(bytes).flatMap((line) => {
        const answer = this.#understood(line);
        if (!answer) return [];
        const { unit } = this.#device;
        const echo = this.#device.words.echo ? line + this.#end : "";
        const respond = (panel: Panel) => {
          const said = answer(panel);
          const own = said === undefined ? "" : said + this.#answerEnd;
          return echo + own === "" ? undefined : Buffer.from(echo + own);
        };
        return [{ unit, respond }];
      });
  }

  /** What is to be done for a line; undefined where nothing of it is for this device. */
  #understood(line: string): ((panel: Panel) => string | undefined) | undefined {
    const asked = this.#properties.filter(({ query }) => query === line);
    const [first] = asked;
    if (first) return (panel) => this.#sayReading(first, panel, asked);
    for (const own of this.#properties) {
      const value = own.command?.exec(line)?.[1];
      if (value !== undefined) return (panel) => this.#obey(own, value, panel);
    }
    const confirmed = this.#properties.find(({ confirm }) => confirm === line);
    return confirmed && (() => this.#confirm(confirmed));
  }

  #sayReading(
    own: LineProperty,
    panel: Panel,
    others: readonly LineProperty[],
  ): string | undefined {
    const reading = panel.read(own.property.name);
    for (const other of others) if (other !== own) panel.read(other.property.name);
    if ("refusal" in reading) return refusalOf(own, refusalWords(reading.refusal));
    return answerOf(own, reading);
  }

  #obey(own: LineProperty, text: string, panel: Panel): string | undefined {
    const value = valueFrom(own, text);
    const refusal =
      value === undefined ? ("illegalValue" as const) : panel.write(own.property.name, value);
    const why = refusal === undefined ? undefined : refusalWords(refusal);
    if (own.confirm !== undefined) {
      this.#lastRefusal ??= why;
      return undefined;
    }
    return why === undefined ? acknowledgementOf(own) : refusalOf(own, why);
  }

  #confirm(own: LineProperty): string | undefined {
    const why = this.#lastRefusal;
    this.#lastRefusal = undefined;
    return why === undefined ? acknowledgementOf(own) : refusalOf(own, why);
  }

  #prepared({ property, words }: DescribedProperty): LineProperty {
    const { address = "" } = words;
    const { query, command, confirm } = words;
    const own = {
      ...{ property, words },
      query: query === undefined ? undefined : filled(query, address),
      command: command === undefined ? undefined : commandPattern(command, address),
      confirm: confirm === undefined ? undefined : filled(confirm, address),
    };
    for (const [key, isMissing] of [
      [
        "pattern",
        query !== undefined &&
          answerOf(own, { value: sampleValue(own), quality: "Good" }) === undefined,
      ],
      ["acknowledge", words.acknowledge !== undefined && acknowledgementOf(own) === undefined],
      ["refusal", words.refusal !== undefined && refusalOf(own, "error") === undefined],
    ] as const) {
      if (isMissing) throw unanswerable(property.name, key, words[key]);
    }
    return own;
  }
}

/** Lines that end with any of the usual terminators are cut as such, others at theirs. */
function splitterOf(end: string): (bytes: Uint8Array) => string[] {
  if (end.endsWith("\n")) {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    return (bytes) =>
      splitter.push(Buffer.from(bytes)).flatMap((line) => (line === "too long" ? [] : [line.text]));
  }
  let rest = "";
  return (bytes) => {
    const parts = (rest + Buffer.from(bytes).toString("utf8")).split(end);
    rest = (parts.pop() ?? "").slice(-MAX_LINE_BYTES);
    return parts;
  };
}

function filled(template: string, address: string): string {
  return piecesOf(template)
    .map((piece) => ("text" in piece ? piece.text : inForm(address, piece.form)))
    .join("");
}

function commandPattern(template: string, address: string): RegExp {
  const source = piecesOf(template).map((piece) => {
    if ("text" in piece) return RegExp.escape(piece.text);
    return piece.place === "value" ? "(.*)" : RegExp.escape(inForm(address, piece.form));
  });
  return new RegExp(`^${source.join("")}$`, "s");
}

/** `{address:02d}` and `{address:02X}`. */
function inForm(text: string, form: string): string {
  const [, zero, width = "0", kind] = /^(0?)(\d*)([dxX]?)$/.exec(form) ?? [];
  const hex = Number(text).toString(16);
  const plain = kind === "X" ? hex.toUpperCase() : kind === "x" ? hex : text;
  return plain.padStart(Number(width), zero ? "0" : " ");
}

/** The answer with a value, in a form that the pattern asks for. */
function answerOf(own: DescribedProperty, reading: Extract<Reading, { value: unknown }>) {
  const { words } = own;
  const forms = textsOf(own, reading.value);
  if (words.pattern === undefined) return forms[0];
  const pattern = new RegExp(words.pattern);
  for (const text of forms) {
    const sample = sampleOf(words.pattern, { group: text });
    const caught = sample === undefined ? undefined : pattern.exec(sample);
    if (sample !== undefined && caught && (caught[1] ?? caught[0]) === text) return sample;
  }
  return pattern.test(forms[0] ?? "") ? forms[0] : undefined;
}

/** A value in the forms that devices show values in. */
function textsOf({ property, words }: DescribedProperty, value: unknown): string[] {
  if (typeof value === "boolean") return [value ? words.trueText : words.falseText];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("base64")];
  if (typeof value !== "number") return [String(value)];
  const raw = property.kind === "bigint" ? value : (value - words.offset) / words.scale;
  const number = isCounted({ property, words }) ? Math.round(raw) : raw;
  const plain = String(Number(number.toPrecision(9)));
  const sign = number < 0 ? "" : "+";
  const forms = [plain, ...[1, 2, 3, 4].map((places) => number.toFixed(places))];
  return [...forms, ...forms.map((form) => sign + form), number.toExponential(4).toUpperCase()];
}

/** Whole numbers stay whole, whatever disturbs them. */
function isCounted({ property, words }: DescribedProperty): boolean {
  return /int/.test(property.definition.type) && Number.isInteger(words.scale);
}

function sampleValue({ property, words }: DescribedProperty): unknown {
  if (property.kind === "boolean") return true;
  if (property.kind === "text") return "x";
  if (property.kind === "bytes") return new Uint8Array(1);
  return property.kind === "bigint" ? 1n : words.scale + words.offset;
}

function valueFrom({ property, words }: DescribedProperty, text: string): unknown {
  const { kind } = property;
  if (kind === "text") return text;
  if (kind === "boolean") {
    return text === words.trueText ? true : text === words.falseText ? false : undefined;
  }
  if (kind === "bytes") return new Uint8Array(Buffer.from(text, "base64"));
  const trimmed = text.trim();
  if (trimmed === "" || Number.isNaN(Number(trimmed))) return undefined;
  if (kind === "bigint") return BigInt(trimmed);
  return Number((Number(trimmed) * words.scale + words.offset).toPrecision(12));
}

function acknowledgementOf({ words: { acknowledge } }: DescribedProperty): string | undefined {
  return acknowledge === undefined ? undefined : sampleOf(acknowledge, { anything: "" });
}

function refusalOf({ words: { refusal } }: DescribedProperty, why: string): string | undefined {
  if (refusal === undefined) return undefined;
  return (
    sampleOf(refusal, { anything: why }) ??
    sampleOf(refusal, { group: why }) ??
    sampleOf(refusal, {})
  );
}

function unanswerable(property: string, key: string, pattern: string | undefined): MapperkitError {
  const message = `properties[${property}].visitors.${key} is ${JSON.stringify(pattern)}, to which the simulator finds no text`;
  return new MapperkitError("invalid_input", message, { details: { property, key } });
}
