import { MapperkitError } from "@mapperkit/api";
import type { ByteStream, Clock } from "@mapperkit/runtime";
import type { Context } from "../definition/context.ts";
import { Deadlines } from "../time/deadlines.ts";
import { LineSplitter } from "./line-splitter.ts";

/** A session with a device that speaks in lines: one command, one line of answer. */
export interface Line {
  /** @throws MapperkitError `timed_out`, after which the line is closed; `unreachable` when it is */
  ask(command: string, signal?: AbortSignal): Promise<string>;
  /** Sends a command that has no answer. @throws MapperkitError `unreachable` */
  tell(command: string, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface LineOptions {
  /** What ends a line, in both directions. */
  readonly eol: string;
  /** How long an answer may take. Default 2000. */
  readonly timeoutMs?: number;
}

/**
 * Opens a line over TCP. Requests take turns. A request that is given up takes the line down with
 * it, so that its late answer is never taken for the next one's; the SDK then opens a new one.
 * @throws MapperkitError `unreachable` or `timed_out`
 */
export async function openLine(
  ctx: Context<{ host: string; port: number }>,
  options: LineOptions,
): Promise<Line> {
  const { host, port } = ctx.config;
  const stream = await ctx.transports.tcp({ host, port, signal: ctx.signal });
  return new StreamLine(stream, ctx.clock, options, `${host}:${port}`);
}

class StreamLine implements Line {
  readonly #stream: ByteStream;
  readonly #deadlines: Deadlines;
  readonly #options: LineOptions;
  readonly #peer: string;
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();
  #answer: ((line: string) => void) | undefined;

  constructor(stream: ByteStream, clock: Clock, options: LineOptions, peer: string) {
    this.#stream = stream;
    this.#deadlines = new Deadlines(clock);
    this.#options = options;
    this.#peer = peer;
    this.#reading = this.#read();
  }

  ask(command: string, signal?: AbortSignal): Promise<string> {
    return this.#inTurn(command, signal, async (ended) => {
      const answer = new Promise<string>((resolve) => {
        this.#answer = resolve;
      });
      try {
        await this.#send(command, ended);
        return await answer;
      } finally {
        this.#answer = undefined;
      }
    });
  }

  tell(command: string, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(command, signal, (ended) => this.#send(command, ended));
  }

  async close(): Promise<void> {
    await this.#end(new MapperkitError("unreachable", `the line to ${this.#peer} was closed`));
    await this.#reading;
  }

  #inTurn<T>(
    command: string,
    signal: AbortSignal | undefined,
    work: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (/[\r\n]/.test(command) || command.includes(this.#options.eol)) {
      const message = `command ${JSON.stringify(command)} is more than one line`;
      return Promise.reject(new MapperkitError("invalid_input", message));
    }
    const mine = this.#turn.then(() => this.#give(command, signal, work));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #give<T>(
    command: string,
    signal: AbortSignal | undefined,
    work: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#ended.signal.throwIfAborted();
    signal?.throwIfAborted();
    const ms = this.#options.timeoutMs ?? 2000;
    const what = `${this.#peer}: answer to ${JSON.stringify(command)}`;
    // Requests take turns: all that runs is this one.
    const giveUp = () => this.#deadlines.endAll(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.#deadlines.run(ms, what, work);
    } catch (error) {
      await this.#end(new MapperkitError("unreachable", `${this.#peer}: line given up`));
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  async #send(command: string, signal: AbortSignal): Promise<void> {
    const bytes = new TextEncoder().encode(command + this.#options.eol);
    await this.#stream.write(bytes, signal);
  }

  /** What arrives while nobody asks is nobody's answer. */
  async #read(): Promise<void> {
    const splitter = new LineSplitter(this.#options.eol);
    try {
      for await (const bytes of this.#stream.read(this.#ended.signal)) {
        for (const line of splitter.push(bytes)) this.#take(line);
      }
      await this.#end(new MapperkitError("unreachable", `${this.#peer} closed the connection`));
    } catch (cause) {
      await this.#end(new MapperkitError("unreachable", `${this.#peer}: line broken`, { cause }));
    }
  }

  #take(line: string): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(line);
  }

  async #end(reason: MapperkitError): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(reason);
    this.#deadlines.endAll(reason);
    await this.#stream.close().catch(() => undefined);
  }
}
