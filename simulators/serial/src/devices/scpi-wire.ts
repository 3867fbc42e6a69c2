import {
  LineSplitter,
  type Panel,
  type Refusal,
  type WireProtocol,
  type WireRequest,
} from "@mapperkit/sim-plant";

/** A command of the instrument: what it sets, and in which form it shows it. */
interface ScpiNode {
  readonly property: string;
  readonly show: (value: unknown) => string;
  readonly read: (text: string) => unknown;
}

interface QueuedError {
  readonly code: number;
  readonly text: string;
}

const MAX_LINE_BYTES = 512;
const MOST_ERRORS = 16;
const number = (places: number) => (value: unknown) => Number(value).toFixed(places);
const fromNumber = (text: string) =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
const fromSwitch = (text: string) =>
  ({ "1": true, ON: true, "0": false, OFF: false })[text.toUpperCase()];
const toSwitch = (value: unknown) => (value === true ? "1" : "0");

/** Short and long forms of SCPI-99, as such supplies have them. */
const NODES: readonly (readonly [RegExp, ScpiNode])[] = [
  [/^:?VOLT(AGE)?$/i, { property: "voltageSetpoint", show: number(3), read: fromNumber }],
  [/^:?CURR(ENT)?$/i, { property: "currentLimit", show: number(3), read: fromNumber }],
  [/^:?OUTP(UT)?$/i, { property: "output", show: toSwitch, read: fromSwitch }],
];
const QUERIES: readonly (readonly [RegExp, ScpiNode])[] = [
  [/^\*IDN$/i, { property: "identity", show: String, read: () => undefined }],
  [/^:?MEAS(URE)?:VOLT(AGE)?$/i, { property: "voltage", show: number(4), read: () => undefined }],
  [/^:?MEAS(URE)?:CURR(ENT)?$/i, { property: "current", show: number(4), read: () => undefined }],
  [/^:?OUTP(UT)?:LIM(IT)?$/i, { property: "limiting", show: toSwitch, read: () => undefined }],
  ...NODES,
];

/**
 * A laboratory supply's SCPI, as instruments do it: commands are not answered, what is wrong goes
 * into a queue that `SYST:ERR?` reads, `;` joins commands.
 */
export class ScpiWire implements WireProtocol {
  readonly #unit: number;
  readonly #errors: QueuedError[] = [];

  constructor(unit: number) {
    this.#unit = unit;
  }

  open(): (bytes: Uint8Array) => readonly WireRequest[] {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    return (bytes) =>
      splitter.push(Buffer.from(bytes)).map((line) => ({
        unit: this.#unit,
        respond: (panel) => (line === "too long" ? undefined : this.#answer(line.text, panel)),
      }));
  }

  #answer(line: string, panel: Panel): Uint8Array | undefined {
    const answers = line
      .split(";")
      .filter((command) => command.trim() !== "")
      .flatMap((command) => this.#obey(command.trim(), panel) ?? []);
    return answers.length === 0 ? undefined : Buffer.from(`${answers.join(";")}\n`);
  }

  #obey(command: string, panel: Panel): string | undefined {
    const [, header = "", mark, argument = ""] = /^([^\s?]+)(\?)?\s*(.*)$/.exec(command) ?? [];
    if (/^\*CLS$/i.test(header)) this.#errors.length = 0;
    else if (/^:?SYST(EM)?:ERR(OR)?(:NEXT)?$/i.test(header) && mark) return this.#nextError();
    else if (mark) return this.#query(header, panel);
    else this.#set(header, argument, panel);
    return undefined;
  }

  #query(header: string, panel: Panel): string | undefined {
    const node = nodeOf(QUERIES, header);
    if (!node) return this.#fail(-113, "Undefined header");
    const reading = panel.read(node.property);
    if ("refusal" in reading) return this.#refuse(reading.refusal);
    return node.show(reading.value);
  }

  #set(header: string, argument: string, panel: Panel): void {
    const node = nodeOf(NODES, header);
    const value = node?.read(argument.trim());
    if (!node) this.#fail(-113, "Undefined header");
    else if (argument.trim() === "") this.#fail(-109, "Missing parameter");
    else if (value === undefined) this.#fail(-104, "Data type error");
    else {
      const refusal = panel.write(node.property, value);
      if (refusal !== undefined) this.#refuse(refusal);
    }
  }

  #refuse(refusal: Refusal): undefined {
    if (refusal === "illegalValue") return this.#fail(-222, "Data out of range");
    if (refusal === "busy") return this.#fail(-213, "Init ignored");
    return this.#fail(-200, "Execution error");
  }

  #fail(code: number, text: string): undefined {
    if (this.#errors.length < MOST_ERRORS) this.#errors.push({ code, text });
    return undefined;
  }

  #nextError(): string {
    const { code, text } = this.#errors.shift() ?? { code: 0, text: "No error" };
    return `${code},"${text}"`;
  }
}

function nodeOf(nodes: readonly (readonly [RegExp, ScpiNode])[], header: string) {
  return nodes.find(([pattern]) => pattern.test(header))?.[1];
}
