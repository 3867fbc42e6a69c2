import type { DriverName } from "./our-drivers.ts";

/** One mistake in the source of one of our own drivers. */
export interface DriverMutant {
  readonly driver: DriverName;
  /** In the driver's `src`. */
  readonly file: string;
  readonly was: string;
  readonly is: string;
  /** What somebody got wrong. */
  readonly mistake: string;
  /** A check that finds it; others may, too. */
  readonly killedBy: string;
}

const counter = (
  mistake: string,
  killedBy: string,
  [was, is]: readonly [string, string],
): DriverMutant => ({ driver: "counter", file: "counter-mapper.ts", was, is, mistake, killedBy });

const sensor = (
  mistake: string,
  killedBy: string,
  [was, is]: readonly [string, string],
): DriverMutant => ({ driver: "sensor", file: "sensor-mapper.ts", was, is, mistake, killedBy });

const modbus = (
  mistake: string,
  killedBy: string,
  file: string,
  [was, is]: readonly [string, string],
): DriverMutant => ({ driver: "modbus", file, was, is, mistake, killedBy });

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: pieces of sources, in which they are templates
/** A table: data, longer than a file of code may be. */
export const driverMutants: readonly DriverMutant[] = [
  counter("whatever comes is the count", "failure-busy", [
    "if (/^\\d+$/.test(count)) return",
    "return",
  ]),
  counter("a digit anywhere is a count", "failure-exception", ["/^\\d+$/", "/\\d/"]),
  counter("the state is taken for the count", "read-good", ['"VALUE?"', '"STATE?"']),
  counter("only ON is ever sent", "write-arrives", ["String(value), signal", '"ON", signal']),
  counter("a refusal is taken for OK", "verify-refusal", ['answer === "OK"', 'answer !== ""']),
  counter("a final no is tried for ever", "verify-refusal", [
    'Error("rejected"',
    'Error("internal"',
  ]),
  counter("the line is never closed", "shutdown-ends", ["close: (line) => line.close(),", ""]),
  counter("lines end with something else", "connect-online", ['eol: "\\n"', 'eol: "\\r"']),

  sensor("an error is taken for a value", "failure-busy", [
    'if (!answer.startsWith("ERR")) return',
    "return",
  ]),
  sensor("decimals are cut off", "read-follows", [
    "return answer;",
    'return answer.split(".")[0];',
  ]),
  sensor("the query is the command", "read-good", [
    "line.ask(visitor.query",
    "line.ask(visitor.command ?? visitor.query",
  ]),
  sensor("only numbers are sent", "write-held", ["${value}`, signal", "${Number(value)}`, signal"]),
  sensor("a refusal is taken for OK", "verify-refusal", ['answer !== "OK"', 'answer === ""']),
  sensor("the answer to a write is not heard", "verify-refusal", [
    "const answer = await line.ask(`",
    'const answer = "OK"; await line.tell(`',
  ]),
  sensor("the line is never closed", "shutdown-ends", ["close: (line) => line.close(),", ""]),

  modbus("a coil is switched on by 1", "write-applied", "pdu/requests.ts", [
    "COIL_ON = 0xff00",
    "COIL_ON = 1",
  ]),
  modbus("the bytes of a register are swapped", "write-arrives", "pdu/requests.ts", [
    "((data[0] ?? 0) << 8) | (data[1] ?? 0)",
    "((data[1] ?? 0) << 8) | (data[0] ?? 0)",
  ]),
  modbus("registers are counted in bytes", "write-applied", "pdu/requests.ts", [
    "functions.writeRegisters, [start, data.length / 2]",
    "functions.writeRegisters, [start, data.length]",
  ]),
  modbus("the byte count is taken for data", "read-follows", "pdu/answers.ts", [
    "answer.slice(2)",
    "answer.slice(1)",
  ]),
  modbus("an exception is taken for an answer", "verify-refusal", "pdu/answers.ts", [
    "if ((code & EXCEPTION_FLAG) === 0) return;",
    "if (code > 0) return;",
  ]),
  modbus("a byte is expected for each coil", "read-good", "pdu/answers.ts", [
    "Math.ceil(count / 8)",
    "count",
  ]),
  modbus("coils and inputs are mixed up", "read-follows", "pdu/spaces.ts", ["coil: 1", "coil: 2"]),
  modbus("holding registers are read as inputs", "read-follows", "pdu/spaces.ts", [
    "holdingRegister: 3",
    "holdingRegister: 4",
  ]),
  modbus("the unit is left out of the length", "read-good", "frames/tcp-frames.ts", [
    "frame[LENGTH_AT + 1] = pdu.length + 1",
    "frame[LENGTH_AT + 1] = pdu.length",
  ]),
  modbus("every request goes to unit 1", "read-good", "frames/tcp-frames.ts", [
    "frame[6] = unit",
    "frame[6] = 1",
  ]),
  modbus("what is not whole yet is thrown away", "timing-split-1", "frames/tcp-frames.ts", [
    "this.#rest = at === all.length ? NOTHING : copyOf(all, at, all.length)",
    "this.#rest = NOTHING",
  ]),
  modbus("only the first word is written", "write-applied", "modbus-session.ts", [
    'length === 1 && how === "auto"',
    'how === "auto"',
  ]),
  modbus("a coil is written the wrong way round", "write-arrives", "modbus-session.ts", [
    "& 1) === 1)",
    "& 1) === 0)",
  ]),
  modbus("nothing is ever closed", "shutdown-ends", "modbus-session.ts", [
    "await this.#parts.link.close();",
    "",
  ]),
  modbus("addresses are counted from 1", "read-follows", "config/modbus-visitor.ts", [
    "address - config.addressBase",
    "address + 1",
  ]),
  modbus("a silent unit is waited for without end", "failure-silent", "client/deadlines.ts", [
    "waiting.expire();",
    "",
  ]),
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
