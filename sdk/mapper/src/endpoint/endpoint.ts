import { MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import { withDeadline } from "../time/deadline.ts";
import { Deadlines } from "../time/deadlines.ts";
import { type BusLimits, BusQueue, type Priority, priorities } from "./bus-queue.ts";
import { isAnswer, isLinkFailure, isSilence, messageOf } from "./failure.ts";
import { UnitHealth } from "./unit-health.ts";

/** Who works over an endpoint. Its methods return at once and never throw. */
export interface EndpointUser {
  /** The units that it speaks to. */
  readonly units: Iterable<string>;
  /** What its device can take: the bus does as the most delicate one needs. */
  readonly limits: BusLimits;
  opened(): void;
  /** The session is gone; a new one is being opened. */
  closed(): void;
}

export interface EndpointParts {
  readonly name: string;
  connect(signal: AbortSignal): Promise<unknown>;
  close(session: unknown): Promise<void>;
  /** One operation took the bus for so long. */
  busy(ms: number): void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Work<T> = (session: unknown, signal: AbortSignal) => Promise<T>;

/** What is to be done, and with whom. */
export interface Operation {
  readonly unit: string;
  readonly priority: Priority;
  /** For the messages of errors. */
  readonly what: string;
  /** What is asked was silent before while its unit was not: more silence is no news of the unit. */
  readonly isKnownSilent?: boolean;
}

interface Session {
  readonly value: unknown;
  readonly lost: () => void;
}

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
const CONNECT_MS = 10_000;
const CLOSE_MS = 2000;
const DRAIN_MS = 200;
/** A driver that only ever throws errors of its own may well sit on a dead link. */
const MAX_FAILURES_IN_A_ROW = 3;

/**
 * One open session (a bus) and its queue: writes first and each alone, as many reads at once as the
 * bus takes, reconnecting for ever. The session is given up when it is lost, or when no unit behind
 * it answers any more.
 */
export class Endpoint {
  readonly #parts: EndpointParts;
  readonly #users = new Set<EndpointUser>();
  readonly #units = new Map<string, UnitHealth>();
  readonly #queue: BusQueue<Session>;
  readonly #deadlines: Deadlines;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #session: Session | undefined;
  #failuresInARow = 0;
  #running: Promise<void> | undefined;
  readonly #started = Promise.withResolvers<void>();

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.#queue = new BusQueue({ clock: parts.clock, signal: this.#stopped.signal });
    this.#deadlines = new Deadlines(parts.clock);
    // Only who swaps a driver asks.
    this.#started.promise.catch(() => undefined);
    this.#backoff = new Backoff(BACKOFF, parts.random);
  }

  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  /** Resolves when the first session is open; rejects with why the first attempt failed. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get isUnused(): boolean {
    return this.#users.size === 0;
  }

  get maxInFlight(): number {
    return this.#queue.limits.maxInFlight;
  }

  attach(user: EndpointUser): void {
    this.#users.add(user);
    this.#heedUsers();
    if (this.#session) user.opened();
    this.#running ??= this.#run(this.#stopped.signal);
  }

  detach(user: EndpointUser): void {
    this.#users.delete(user);
    this.#heedUsers();
  }

  #heedUsers(): void {
    const limits = [...this.#users].map((user) => user.limits);
    if (limits.length === 0) return;
    this.#queue.limits = {
      maxInFlight: Math.min(...limits.map(({ maxInFlight }) => maxInFlight)),
      pauseMs: Math.max(...limits.map(({ pauseMs }) => pauseMs)),
    };
  }

  /** The health of one unit, which all who speak to it share. */
  unit(name: string): UnitHealth {
    const { clock, random } = this.#parts;
    const health = this.#units.get(name) ?? new UnitHealth(clock, random.fork(`unit ${name}`));
    this.#units.set(name, health);
    return health;
  }

  /** Begins nothing more, and stops once what is under way is done, or has taken too long. */
  async retire(): Promise<void> {
    this.#queue.halt(closed());
    const { clock } = this.#parts;
    const drained = { clock, ms: DRAIN_MS, what: "the last operation" };
    await withDeadline(drained, () => this.#queue.idle()).catch(() => undefined);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#stopped.abort(closed());
    this.#deadlines.endAll(closed());
    this.#started.reject(closed());
    this.#lose();
    await this.#running;
  }

  /**
   * Runs one operation on the open session, in its turn. What the driver throws comes through.
   * @throws MapperkitError `timed_out`, or one of which `isNotSent` is true when nothing was sent
   */
  perform<T>(operation: Operation, work: Work<T>): Promise<T> {
    if (!this.#session) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      const run = (session: Session) =>
        this.#operate(operation, session, work).then(resolve, reject);
      this.#queue.add({ priority: operation.priority, run, drop: reject });
    });
  }

  async #operate<T>(operation: Operation, session: Session, work: Work<T>): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const { priority, unit, what } = operation;
    const begin = clock.monotonic();
    try {
      const result = await this.#deadlines.run(timeoutMs, what, (signal) =>
        work(session.value, signal),
      );
      this.#succeeded(unit, session);
      return result;
    } catch (error) {
      if (this.#session !== session) throw error;
      if (isAnswer(error)) this.#succeeded(unit, session);
      else if (isLinkFailure(error) || priority !== priorities.write) {
        this.#failed(operation, error, clock.monotonic() - begin);
      }
      throw error;
    } finally {
      this.#parts.busy(clock.monotonic() - begin);
    }
  }

  /** What comes from a session that was given up meanwhile says nothing of the present one. */
  #succeeded(unit: string, session: Session): void {
    if (this.#session !== session) return;
    this.#failuresInARow = 0;
    this.#backoff.reset();
    this.unit(unit).answered();
  }

  #failed({ unit, isKnownSilent = false }: Operation, error: unknown, tookMs: number): void {
    this.#failuresInARow += 1;
    const units = this.#unitsInUse();
    const isShared = units.size > 1;
    if (!isKnownSilent) this.unit(unit).failed(error, tookMs, isShared);
    const isLost = isLinkFailure(error) && (!isSilence(error) || !isShared);
    const isFailing = isLinkFailure(error) || this.#failuresInARow >= MAX_FAILURES_IN_A_ROW;
    const isAllDead = [...units].every((name) => this.#units.get(name)?.state === "offline");
    if (isLost || (isFailing && (isAllDead || !isShared))) this.#lose();
  }

  #unitsInUse(): ReadonlySet<string> {
    return new Set([...this.#users].flatMap((user) => [...user.units]));
  }

  #lose(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    session.lost();
    this.#queue.halt(closed());
    for (const user of [...this.#users]) user.closed();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#serveOneSession(signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#started.reject(error);
        this.#parts.log.debug("device not reached", { error: messageOf(error) });
        for (const name of this.#unitsInUse()) this.unit(name).unreachable(error);
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
      this.#started.resolve();
      for (const health of this.#units.values()) health.reopened();
      this.#queue.serve(this.#session);
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
