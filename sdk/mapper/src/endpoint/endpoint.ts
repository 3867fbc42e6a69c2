import { MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import { withDeadline } from "../time/deadline.ts";
import { isAnswer, isLinkFailure, messageOf } from "./failure.ts";

/** Lower goes first on a bus. */
export const priorities = { write: 0, readback: 1, poll: 2 } as const;
export type Priority = (typeof priorities)[keyof typeof priorities];

/** Who works over an endpoint. Its methods return at once and never throw. */
export interface EndpointUser {
  opened(): void;
  /** An attempt to open failed. */
  unreachable(error: unknown): void;
}

export interface EndpointParts {
  readonly name: string;
  connect(signal: AbortSignal): Promise<unknown>;
  close(session: unknown): Promise<void>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Work<T> = (session: unknown, signal: AbortSignal) => Promise<T>;

interface Job {
  readonly priority: Priority;
  readonly run: (session: unknown) => Promise<unknown>;
  readonly drop: (error: unknown) => void;
}

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
const CONNECT_MS = 10_000;
const CLOSE_MS = 2000;
/** A driver that only ever throws errors of its own may well sit on a dead link. */
const MAX_FAILURES_IN_A_ROW = 3;

/** One open session (a bus) and its queue: one operation at a time, reconnecting for ever. */
export class Endpoint {
  readonly #parts: EndpointParts;
  readonly #users = new Set<EndpointUser>();
  readonly #queue: Job[] = [];
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #session: { readonly value: unknown; readonly lost: () => void } | undefined;
  #isBusy = false;
  #failuresInARow = 0;
  #running: Promise<void> | undefined;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(BACKOFF, parts.random);
  }

  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  get isUnused(): boolean {
    return this.#users.size === 0;
  }

  attach(user: EndpointUser): void {
    this.#users.add(user);
    if (this.#session) user.opened();
    this.#running ??= this.#run(this.#stopped.signal);
  }

  detach(user: EndpointUser): void {
    this.#users.delete(user);
  }

  async stop(): Promise<void> {
    this.#stopped.abort(closed());
    this.#lose();
    await this.#running;
  }

  /**
   * Runs one operation on the open session, in its turn. What the driver throws comes through.
   * @throws MapperkitError `timed_out`, or one of which `isNotSent` is true when nothing was sent
   */
  perform<T>(priority: Priority, what: string, work: Work<T>): Promise<T> {
    if (!this.#session) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      const run = (session: unknown) =>
        this.#operate(priority, what, session, work).then(resolve, reject);
      this.#queue.push({ priority, run, drop: reject });
      this.#pump();
    });
  }

  /** Takes the next job when the bus is free. */
  #pump(): void {
    if (this.#isBusy || !this.#session) return;
    const job = this.#queue.reduce<Job | undefined>(
      (best, next) => (best && best.priority <= next.priority ? best : next),
      undefined,
    );
    if (!job) return;
    this.#queue.splice(this.#queue.indexOf(job), 1);
    this.#isBusy = true;
    job
      .run(this.#session.value)
      .finally(() => {
        this.#isBusy = false;
        this.#pump();
      })
      .catch(() => undefined);
  }

  async #operate<T>(priority: Priority, what: string, session: unknown, work: Work<T>): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    try {
      const result = await withDeadline(
        { clock, ms: timeoutMs, signal: this.#stopped.signal, what },
        (signal) => work(session, signal),
      );
      this.#succeeded();
      return result;
    } catch (error) {
      if (isAnswer(error)) this.#succeeded();
      else if (isLinkFailure(error) || priority !== priorities.write) this.#failed(error);
      throw error;
    }
  }

  #succeeded(): void {
    this.#failuresInARow = 0;
    this.#backoff.reset();
  }

  #failed(error: unknown): void {
    this.#failuresInARow += 1;
    if (isLinkFailure(error) || this.#failuresInARow >= MAX_FAILURES_IN_A_ROW) this.#lose();
  }

  #lose(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.lost();
    for (const job of this.#queue.splice(0)) job.drop(closed());
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#serveOneSession(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#parts.log.debug("device not reached", { error: messageOf(error) });
        for (const user of [...this.#users]) user.unreachable(error);
      }
      await this.#parts.clock.sleep(this.#backoff.next(), signal).catch(() => undefined);
    }
  }

  async #serveOneSession(signal: AbortSignal): Promise<void> {
    const value = await this.#open(signal);
    this.#failuresInARow = 0;
    const lost = Promise.withResolvers<void>();
    if (!signal.aborted) {
      this.#session = { value, lost: lost.resolve };
      for (const user of [...this.#users]) user.opened();
      await lost.promise;
    }
    await this.#close(value);
  }

  async #open(signal: AbortSignal): Promise<unknown> {
    const { clock, name } = this.#parts;
    const what = `connecting to ${name}`;
    let opened: { readonly value: unknown } | undefined;
    try {
      return await withDeadline({ clock, ms: CONNECT_MS, signal, what }, async (ended) => {
        const value = await this.#parts.connect(ended);
        // A session that comes after its deadline has no owner.
        if (ended.aborted) await this.#close(value);
        else opened = { value };
        return value;
      });
    } catch (error) {
      if (opened) await this.#close(opened.value);
      throw error;
    }
  }

  async #close(session: unknown): Promise<void> {
    const { clock, close, log, name } = this.#parts;
    try {
      const what = `closing ${name}`;
      await withDeadline({ clock, ms: CLOSE_MS, what }, () => close(session));
    } catch (error) {
      log.debug("session did not close well", { error: messageOf(error) });
    }
  }
}

/** True when an operation was never begun, so that its failure says nothing of its device. */
export function isNotSent(error: unknown): boolean {
  return error instanceof MapperkitError && error.details.isNotSent === true;
}

function closed(): MapperkitError {
  return new MapperkitError("unreachable", "the session to the device is not open", {
    details: { isNotSent: true },
  });
}
