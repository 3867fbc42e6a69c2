import type { Log } from "./log.ts";

export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  /** With the fields of the log's parents. Not redacted: tests compare them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that a test reads: all entries, its children's too, in the order they were written. */
export class MemoryLog implements Log {
  readonly entries: LogEntry[];
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(parent?: { entries: LogEntry[]; fields: Readonly<Record<string, unknown>> }) {
    this.entries = parent?.entries ?? [];
    this.#fields = parent?.fields ?? {};
  }

  debug(message: string, fields?: Record<string, unknown>): void {
    this.#add("debug", message, fields);
  }

  info(message: string, fields?: Record<string, unknown>): void {
    this.#add("info", message, fields);
  }

  warn(message: string, fields?: Record<string, unknown>): void {
    this.#add("warn", message, fields);
  }

  error(message: string, fields?: Record<string, unknown>): void {
    this.#add("error", message, fields);
  }

  child(fields: Record<string, unknown>): MemoryLog {
    return new MemoryLog({ entries: this.entries, fields: { ...this.#fields, ...fields } });
  }

  #add(level: LogEntry["level"], message: string, fields: Record<string, unknown> = {}): void {
    this.entries.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
