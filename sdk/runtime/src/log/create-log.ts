import type { Log } from "./log.ts";
import { loggable } from "./loggable.ts";
import { textLine } from "./text-line.ts";

export interface LogOptions {
  /** Default "info". */
  readonly level?: "debug" | "info" | "warn" | "error";
  /** The program's name, in every entry. */
  readonly name?: string;
  /** Default: the standard error output. */
  readonly destination?: { write(line: string): void };
  /** "json" (default) for machines, "text" for a person at a terminal. One line per entry either way. */
  readonly format?: "json" | "text";
}

const LEVELS = { debug: 0, info: 1, warn: 2, error: 3 } as const;
type Level = keyof typeof LEVELS;

interface Writer {
  readonly lowest: number;
  write(entry: Record<string, unknown>): void;
}

/** A log whose entries never hold secrets. */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", name, format = "json" } = options;
  const out = options.destination ?? process.stderr;
  const write = (entry: Record<string, unknown>) => {
    const json = JSON.stringify(entry);
    out.write(format === "json" ? `${json}\n` : textLine(json));
  };
  return new LineLog({ lowest: LEVELS[level], write }, name === undefined ? {} : { name }, {});
}

/** Its own few lines in place of a library's: those took 7 MB and 20 ms of every edge. */
class LineLog implements Log {
  readonly #writer: Writer;
  readonly #base: Readonly<Record<string, unknown>>;
  readonly #bound: Record<string, unknown>;

  constructor(
    writer: Writer,
    base: Readonly<Record<string, unknown>>,
    bound: Record<string, unknown>,
  ) {
    this.#writer = writer;
    this.#base = base;
    this.#bound = bound;
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#write("error", message, fields);
  }

  child(fields: Record<string, unknown>): Log {
    return new LineLog(this.#writer, this.#base, { ...this.#bound, ...factsOf(fields) });
  }

  #write(level: Level, message: string, fields: Record<string, unknown> | undefined): void {
    if (LEVELS[level] < this.#writer.lowest) return;
    const facts = fields === undefined ? this.#bound : { ...this.#bound, ...factsOf(fields) };
    const time = new Date().toISOString();
    this.#writer.write({ level, time, ...this.#base, ...facts, message });
  }
}

/** The fields without secrets; one named like a part of the entry gets an underscore, or it would hide that. */
function factsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const facts = loggable(fields);
  for (const key of ["time", "level", "message", "name"]) {
    if (!Object.hasOwn(facts, key)) continue;
    facts[`${key}_`] = facts[key];
    delete facts[key];
  }
  return facts;
}
