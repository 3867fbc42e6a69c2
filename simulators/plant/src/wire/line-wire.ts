import { LineSplitter } from "../line/line-splitter.ts";
import type { SimProperty } from "../simulated/sim-model.ts";
import type { Panel, Refusal, WireProtocol, WireRequest } from "./wire-protocol.ts";

/** How one property is spoken of in lines. */
export interface LineWords {
  /** The line that asks for it. */
  readonly query: string;
  /** What a line that sets it begins with; a blank and the value follow. */
  readonly command: string;
}

export interface LineWireOptions {
  readonly properties: readonly SimProperty[];
  /** Words that differ from `<name>?` and `<name> <value>`. */
  readonly words?: Readonly<Record<string, Partial<LineWords>>>;
  /** A device with words of its own answers here first; undefined leaves the line to the properties. */
  readonly answer?: ((line: string, panel: Panel) => string | undefined) | undefined;
  /** What ends an answer. Default `\n`. Lines that arrive may end with it or with `\r\n`. */
  readonly eol?: string;
}

const MAX_LINE_BYTES = 4096;

/**
 * The line protocol of a simulated device: `temperature?` is answered with the value, `setpoint 60`
 * with `OK`, what it does not understand or does not do with `ERR <reason>`.
 */
export function lineWire(options: LineWireOptions): WireProtocol {
  const speech = new LineSpeech(options);
  const eol = options.eol ?? "\n";
  return {
    open() {
      const splitter = new LineSplitter(MAX_LINE_BYTES);
      return (bytes) =>
        splitter.push(Buffer.from(bytes)).map(
          (line): WireRequest => ({
            respond: (panel) => {
              const answer =
                line === "too long" ? "ERR line too long" : speech.say(line.text, panel);
              return Buffer.from(`${answer}${eol}`);
            },
          }),
        );
    },
  };
}

class LineSpeech {
  readonly #queries = new Map<string, SimProperty>();
  readonly #commands: (readonly [string, SimProperty])[] = [];
  readonly #answer: LineWireOptions["answer"];

  constructor({ properties, words = {}, answer }: LineWireOptions) {
    this.#answer = answer;
    for (const property of properties) {
      const { query = `${property.name}?`, command = property.name } = words[property.name] ?? {};
      this.#queries.set(query, property);
      this.#commands.push([`${command} `, property]);
    }
    // `SET FAST 1` is FAST's even where there is a property whose command is `SET`.
    this.#commands.sort(([a], [b]) => b.length - a.length);
  }

  say(line: string, panel: Panel): string {
    const own = this.#answer?.(line, panel);
    if (own !== undefined) return own;
    const asked = this.#queries.get(line);
    if (asked) return sayReading(panel, asked);
    const [command, property] = this.#commands.find(([start]) => line.startsWith(start)) ?? [];
    if (!command || !property) return "ERR unknown command";
    const value = parseLineValue(property.kind, line.slice(command.length));
    if (value === undefined) return "ERR illegal value";
    const refusal = panel.write(property.name, value);
    return refusal === undefined ? "OK" : `ERR ${refusalWords(refusal)}`;
  }
}

function sayReading(panel: Panel, { name }: SimProperty): string {
  const reading = panel.read(name);
  if ("refusal" in reading) return `ERR ${refusalWords(reading.refusal)}`;
  return formatLineValue(reading.value);
}

function refusalWords(refusal: Refusal): string {
  if (typeof refusal === "object") return `exception ${refusal.code}`;
  const words = {
    busy: "busy",
    noSuchProperty: "no such property",
    readOnly: "read only",
    illegalValue: "illegal value",
    badQuality: "sensor fault",
  };
  return words[refusal];
}

/** Decimals, `true` and `false`, base64, JSON for lists. */
function formatLineValue(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return JSON.stringify(value);
  return String(value);
}

function parseLineValue(kind: SimProperty["kind"], text: string): unknown {
  if (kind === "text") return text;
  if (kind === "bytes") return new Uint8Array(Buffer.from(text, "base64"));
  if (kind === "boolean") return { true: true, false: false, "1": true, "0": false }[text];
  if (kind === "bigint") return /^[+-]?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
