import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import { z } from "zod";
import type { CounterState } from "./count-register.ts";

const counterState = z.object({
  on: z.boolean(),
  periodMs: z.int().min(1),
  value: z.int().min(0),
});

/** The memory of a counter that has lost its power. Written whole or not at all. */
export class StateFile {
  readonly #file: string;
  readonly #log: Log;
  #written = "";
  #isFailing = false;

  constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  /**
   * Undefined when there is none yet, or none that can be used; of the latter it warns.
   * @throws MapperkitError `invalid_input` when the file cannot be read at all
   */
  load(): CounterState | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#refusal("read", cause);
    }
    const state = counterState.safeParse(jsonOf(text));
    if (state.success) return state.data;
    this.#log.warn("state file is damaged, the counter starts anew", {
      file: this.#file,
      reason: z.prettifyError(state.error),
    });
    return undefined;
  }

  /** Makes sure, before there is something to lose, that the file can be written. @throws MapperkitError `invalid_input` */
  prepare(state: CounterState): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      this.#write(state);
    } catch (cause) {
      throw this.#refusal("written", cause);
    }
  }

  /** Writes what has changed. A counter whose memory fails still counts: it warns once. */
  save(state: CounterState): void {
    try {
      this.#write(state);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#log.warn("state file not written", { file: this.#file, error });
      this.#isFailing = true;
    }
  }

  #write(state: CounterState): void {
    const text = `${JSON.stringify(state)}\n`;
    if (text === this.#written) return;
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, text);
    renameSync(fresh, this.#file);
    this.#written = text;
  }

  #refusal(done: string, cause: unknown): MapperkitError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new MapperkitError(
      "invalid_input",
      `stateFile ${this.#file} cannot be ${done}: ${reason}`,
      { cause, details: { file: this.#file } },
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
