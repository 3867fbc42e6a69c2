import { type Logger, pino, stdTimeFunctions } from "pino";
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

/** A log whose entries never hold secrets. */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", name, format = "json" } = options;
  const out = options.destination ?? process.stderr;
  const destination =
    format === "json" ? out : { write: (json: string) => void out.write(textLine(json)) };
  const logger = pino(
    {
      level,
      base: name === undefined ? {} : { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: "message",
    },
    destination,
  );
  return new PinoLog(logger);
}

class PinoLog implements Log {
  readonly #logger: Logger;
  readonly #bound: Record<string, unknown>;

  constructor(logger: Logger, bound: Record<string, unknown> = {}) {
    this.#logger = logger;
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
    // Not pino's child: it would write a field twice that an entry or a child binds anew.
    return new PinoLog(this.#logger, { ...this.#bound, ...factsOf(fields) });
  }

  #write(
    level: "debug" | "info" | "warn" | "error",
    message: string,
    fields: Record<string, unknown> | undefined,
  ): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    const facts = fields === undefined ? this.#bound : { ...this.#bound, ...factsOf(fields) };
    // A sentence with a % in it is not a format.
    this.#logger[level](facts, "%s", message);
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
