import { Backoff } from "@mapperkit/runtime";
import { withDeadline } from "../time/deadline.ts";
import { Deadlines } from "../time/deadlines.ts";
import { BusQueue, priorities } from "./bus-queue.ts";
import type { EndpointParts, EndpointUser } from "./endpoint-parts.ts";
import {
  asLinkFailure,
  isAnswer,
  isLinkFailure,
  isSilence,
  messageOf,
  notOpen,
} from "./failure.ts";
import { OpenSession, type Operation } from "./open-session.ts";
import { UnitHealth } from "./unit-health.ts";

type Work<T> = (session: unknown, signal: AbortSignal) => Promise<T>;

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
const CONNECT_MS = 10_000;
const CLOSE_MS = 2000;
const DRAIN_MS = 200;
/** A driver that only ever throws errors of its own may well sit on a dead link. */
const MAX_FAILURES_IN_A_ROW = 3;
/** How long a bus takes one request at a time after nobody could say whose request ended its session. */
const CAREFUL_MS = 30_000;

/**
 * One open session (a bus) and its queue: writes first and each alone, as many reads at once as the
 * bus takes, reconnecting for ever. The session is given up when it is lost, or when no unit behind
 * it answers any more.
 */
export class Endpoint {
  readonly #parts: EndpointParts;
  readonly #users = new Set<EndpointUser>();
  readonly #units = new Map<string, UnitHealth>();
  readonly #queue: BusQueue<OpenSession>;
  readonly #deadlines: Deadlines;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #session: OpenSession | undefined;
  #failuresInARow = 0;
  #lostAt: number | undefined;
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
    return this.#queue.maxInFlight;
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
    this.#queue.halt(notOpen());
    const { clock } = this.#parts;
    const drained = { clock, ms: DRAIN_MS, what: "the last operation" };
    await withDeadline(drained, () => this.#queue.idle()).catch(() => undefined);
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#stopped.abort(notOpen());
    this.#deadlines.endAll(notOpen());
    this.#started.reject(notOpen());
    this.#lose();
    await this.#running;
  }

  /**
   * Runs one operation on the open session, in its turn. What the driver throws comes through.
   * @throws MapperkitError `timed_out`, or one of which `isNotSent` is true when nothing was sent
   */
  perform<T>(operation: Operation, work: Work<T>): Promise<T> {
    if (!this.#session) return Promise.reject(notOpen());
    return new Promise<T>((resolve, reject) => {
      const run = (session: OpenSession) =>
        this.#operate(operation, session, work).then(resolve, reject);
      this.#queue.add({ priority: operation.priority, run, drop: reject });
    });
  }

  async #operate<T>(operation: Operation, session: OpenSession, work: Work<T>): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const { priority, unit, what } = operation;
    const begin = clock.monotonic();
    session.begin(operation);
    try {
      const result = await this.#deadlines.run(timeoutMs, what, (signal) =>
        work(session.value, signal),
      );
      this.#succeeded(unit, session);
      return result;
    } catch (error) {
      // Ended with the session, which another operation or nobody ended: it says nothing of its unit.
      if (this.#session !== session) throw priority === priorities.write ? error : notOpen();
      if (isAnswer(error)) this.#succeeded(unit, session);
      else if (isLinkFailure(error) || priority !== priorities.write) {
        const isJudged = this.#failed(operation, session, error, clock.monotonic() - begin);
        if (!isJudged && priority !== priorities.write) throw notOpen();
      }
      throw error;
    } finally {
      session.end(operation);
      this.#parts.busy(clock.monotonic() - begin);
    }
  }

  /** What comes from a session that was given up meanwhile says nothing of the present one. */
  #succeeded(unit: string, session: OpenSession): void {
    if (this.#session !== session) return;
    this.#failuresInARow = 0;
    this.#backoff.reset();
    this.unit(unit).answered();
  }

  /** False when it says nothing of the operation: another one, unknown which, ended the session. */
  #failed(operation: Operation, session: OpenSession, error: unknown, tookMs: number): boolean {
    this.#failuresInARow += 1;
    const units = this.#unitsInUse();
    const isShared = units.size > 1;
    const isSessionLost = isLinkFailure(error) && (!isSilence(error) || !isShared);
    const culprit = isSessionLost
      ? session.culprit(operation, (name) => this.#isUp(name))
      : operation;
    if (culprit && !culprit.isKnownSilent) {
      this.unit(culprit.unit).failed(error, tookMs, { isShared, isSessionLost });
    }
    if (isSessionLost) {
      this.#queue.aloneUntil = culprit ? 0 : this.#parts.clock.monotonic() + CAREFUL_MS;
    }
    const isFailing = isLinkFailure(error) || this.#failuresInARow >= MAX_FAILURES_IN_A_ROW;
    const isAllDead = [...units].every((name) => this.#units.get(name)?.state === "offline");
    if (isSessionLost || (isFailing && (isAllDead || !isShared))) this.#lose();
    return culprit === operation;
  }

  #isUp(name: string): boolean {
    return this.#units.get(name)?.state === "online";
  }

  #unitsInUse(): ReadonlySet<string> {
    return new Set([...this.#users].flatMap((user) => [...user.units]));
  }

  #lose(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#lostAt = this.#parts.clock.monotonic();
    session.giveUp();
    this.#queue.halt(notOpen());
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
    let early: { readonly why: unknown } | undefined;
    let session: OpenSession | undefined;
    const value = await this.#open(signal, (why) => {
      if (session) this.#sessionLost(session, why);
      else early ??= { why };
    });
    if (!signal.aborted && !early) {
      session = new OpenSession(value);
      this.#serve(session);
      await session.lost;
    }
    await this.#close(value);
    if (early) throw asLinkFailure(early.why);
  }

  #serve(session: OpenSession): void {
    const now = this.#parts.clock.monotonic();
    this.#failuresInARow = 0;
    this.#session = session;
    this.#started.resolve();
    const areSomeUp = [...this.#unitsInUse()].some((name) => this.#isUp(name));
    for (const health of this.#units.values())
      health.reopened(now - (this.#lostAt ?? now), areSomeUp);
    this.#queue.serve(session);
    for (const user of [...this.#users]) user.opened();
  }

  /** The driver says so: no unit is reached any more. */
  #sessionLost(session: OpenSession, why: unknown): void {
    if (this.#session !== session) return;
    const error = asLinkFailure(why);
    for (const name of this.#unitsInUse()) this.unit(name).unreachable(error);
    this.#lose();
  }

  async #open(signal: AbortSignal, lost: (why: unknown) => void): Promise<unknown> {
    const { clock, name } = this.#parts;
    const what = `connecting to ${name}`;
    let opened: { readonly value: unknown } | undefined;
    try {
      return await withDeadline({ clock, ms: CONNECT_MS, signal, what }, async (ended) => {
        const value = await this.#parts.connect(ended, lost);
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
