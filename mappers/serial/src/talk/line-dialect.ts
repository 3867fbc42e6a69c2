import { MapperkitError, type PropertyType } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";
import { unescaped } from "../config/escapes.ts";
import { Pattern } from "../config/pattern.ts";
import type { SerialVisitor } from "../config/serial-visitor.ts";
import { TextTemplate } from "../config/text-template.ts";
import { LineSplitter } from "../framing/line-splitter.ts";
import type { Message, Splitter } from "../framing/message.ts";
import { type TruthWords, textOfValue, valueOfText } from "../values/text-value.ts";
import type { Dialect } from "./dialect.ts";

const DEFAULT_TERMINATOR = "\\r\\n";

/** Lines of text. */
export class LineDialect implements Dialect {
  readonly query: Uint8Array | undefined;
  readonly confirm: Uint8Array | undefined;
  readonly splitterKey: string;
  readonly #address: string;
  readonly #encoding: "utf8" | "latin1";
  readonly #terminator: string;
  readonly #answerEnd: Uint8Array;
  readonly #command: TextTemplate | undefined;
  readonly #pattern: Pattern | undefined;
  readonly #words: TruthWords;
  readonly #echoes: boolean;

  constructor(visitor: SerialVisitor) {
    const { terminator = DEFAULT_TERMINATOR, answerTerminator = terminator } = visitor;
    const { encoding = "utf8", address = "", query, command, confirm, pattern } = visitor;
    this.#address = address;
    this.#encoding = encoding;
    this.#terminator = unescaped(terminator);
    this.#answerEnd = Buffer.from(endOf(unescaped(answerTerminator)), encoding);
    this.#command = command === undefined ? undefined : new TextTemplate(command);
    this.#pattern = pattern === undefined ? undefined : new Pattern(pattern);
    this.#words = { trueText: visitor.trueText ?? "1", falseText: visitor.falseText ?? "0" };
    this.#echoes = visitor.echo ?? false;
    this.query = query === undefined ? undefined : this.#fill(new TextTemplate(query));
    this.confirm = confirm === undefined ? undefined : this.#fill(new TextTemplate(confirm));
    this.splitterKey = `line ${answerTerminator} ${encoding}`;
  }

  get canWrite(): boolean {
    return this.#command !== undefined;
  }

  splitter(isMidway: boolean): Splitter {
    return new LineSplitter({ end: this.#answerEnd, encoding: this.#encoding }, isMidway);
  }

  command(value: PropertyValue): Uint8Array {
    if (!this.#command) throw new MapperkitError("unsupported", "there is no command");
    return this.#fill(this.#command, textOfValue(value, this.#words));
  }

  isOthers({ text }: Message, request: Uint8Array): boolean {
    if (!this.#echoes) return false;
    return text.trim() === Buffer.from(request).toString(this.#encoding).trim();
  }

  valueIn({ text }: Message, type: PropertyType): PropertyValue | undefined {
    const found = this.#pattern ? this.#pattern.find(text) : text;
    return found === undefined ? undefined : valueOfText(type, found, this.#words);
  }

  #fill(template: TextTemplate, value?: PropertyValue): Uint8Array {
    const own = value === undefined ? {} : { value };
    const line = template.fill({ address: this.#address, ...own });
    // A value must not bring a second command with it.
    const isText = typeof value === "string";
    if (isText && (/[\r\n]/.test(value) || value.includes(this.#terminator))) {
      throw secondLine(value);
    }
    return Buffer.from(line + this.#terminator, this.#encoding);
  }
}

/** What ends `\r\n` lines ends those of a device that leaves the `\r` out, too. */
function endOf(terminator: string): string {
  return terminator === "\r\n" ? "\n" : terminator;
}

function secondLine(value: string): MapperkitError {
  const message = `value is ${JSON.stringify(value.slice(0, 80))}, must be one line`;
  return new MapperkitError("invalid_input", message, { details: { reason: "outOfRange" } });
}
