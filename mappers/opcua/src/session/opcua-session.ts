import type { MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import type { Emit, ReadOp, SubscribeOp, WriteOp } from "@mapperkit/sdk";
import type { OpcuaConfig } from "../config/opcua-config.ts";
import type { OpcuaVisitor } from "../config/opcua-visitor.ts";
import type { UaConnection } from "../connection/ua-connection.ts";
import type { Opcua } from "../library.ts";
import { NodeAccess } from "./node-access.ts";
import { watchLife } from "./sign-of-life.ts";
import { Subscription } from "./subscription.ts";

type Op = SubscribeOp<OpcuaVisitor>;

export interface SessionParts {
  readonly ua: Opcua;
  readonly config: OpcuaConfig;
  /** Opens a connection anew. @throws MapperkitError saying what to check */
  readonly connect: (signal: AbortSignal) => Promise<UaConnection>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What one device wants to be told. */
interface Wish {
  readonly ops: readonly Op[];
  readonly emit: Emit;
  readonly publishingMs: number;
  subscription: Subscription | undefined;
}

const BACKOFF = { initialMs: 250, maxMs: 30_000 };

/**
 * A session as the SDK works it. A connection that is lost is opened anew, and what was subscribed
 * is subscribed again; meanwhile subscribed values are Bad, and reads fail, upon which the SDK may
 * give the whole session up and open another.
 */
export class OpcuaSession {
  readonly #parts: SessionParts;
  readonly #closed = new AbortController();
  readonly #wishes = new Set<Wish>();
  #connection: UaConnection;
  #nodes: NodeAccess;
  readonly #living: Promise<void>;

  constructor(parts: SessionParts, connection: UaConnection) {
    this.#parts = parts;
    this.#connection = connection;
    this.#nodes = new NodeAccess(parts.ua, connection);
    this.#living = this.#live();
  }

  /** False where each property is to be read in its cycle. */
  get isSubscribing(): boolean {
    return this.#parts.config.subscribe;
  }

  /** @throws MapperkitError when there was no answer at all; what is wrong with one node is at its place */
  async readMany(ops: readonly ReadOp<OpcuaVisitor>[]): Promise<readonly unknown[]> {
    const results = await this.#nodes.readMany(ops);
    const readable = new Set(
      ops.flatMap(({ property }, i) => (results[i] instanceof Error ? [] : [property])),
    );
    for (const { subscription } of this.#wishes) {
      if (subscription?.hasRefused) await subscription.monitorAgain(readable);
    }
    return results;
  }

  /** @throws MapperkitError when there was no answer at all */
  writeMany(ops: readonly WriteOp<OpcuaVisitor>[]): Promise<(Error | undefined)[]> {
    return this.#nodes.writeMany(ops);
  }

  /** @throws MapperkitError when the server has no subscriptions, or none for us */
  async subscribe(ops: readonly Op[], emit: Emit, signal: AbortSignal): Promise<void> {
    const fastest = Math.min(
      ...ops.map(({ visitor, samplingMs }) => visitor.samplingIntervalMs ?? samplingMs),
    );
    const publishingMs = this.#parts.config.publishingIntervalMs ?? Math.max(10, fastest);
    const wish: Wish = { ops, emit, publishingMs, subscription: undefined };
    await this.#fulfil(wish);
    this.#wishes.add(wish);
    signal.addEventListener("abort", () => this.#forget(wish), { once: true });
    if (signal.aborted) this.#forget(wish);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const wish of this.#wishes) this.#forget(wish);
    await this.#connection.close();
    await this.#living;
  }

  async #fulfil(wish: Wish): Promise<void> {
    const { ua, clock, log, config } = this.#parts;
    const connection = this.#connection;
    const { publishingMs, emit } = wish;
    const { timeoutMs } = config;
    const subscription = new Subscription({
      ...{ ua, connection, nodes: this.#nodes, publishingMs, emit, clock, timeoutMs, log },
    });
    try {
      await subscription.open(wish.ops);
    } catch (error) {
      await subscription.close();
      throw error;
    }
    wish.subscription = subscription;
    subscription.ended.then((why) => this.#renew(wish, connection, why)).catch(() => undefined);
  }

  /** The server ended a subscription, the session goes on. */
  async #renew(wish: Wish, connection: UaConnection, why: string): Promise<void> {
    if (!this.#wishes.has(wish) || connection !== this.#connection) return;
    this.#parts.log.warn("subscription ended, subscribing anew", { error: why });
    await wish.subscription?.close();
    try {
      await this.#fulfil(wish);
    } catch (error) {
      // Without a subscription nobody would notice: the connection is made anew.
      connection.lose(error as MapperkitError);
    }
  }

  #forget(wish: Wish): void {
    this.#wishes.delete(wish);
    wish.subscription?.close().catch(() => undefined);
  }

  /** Keeps a connection, for as long as the session is not closed. */
  async #live(): Promise<void> {
    const { clock, config, log } = this.#parts;
    while (!this.#closed.signal.aborted) {
      const connection = this.#connection;
      const unwatch = watchLife(connection, config.keepAliveMs, clock);
      const why = await Promise.race([connection.gone, ended(this.#closed.signal)]);
      unwatch();
      if (!why) return;
      log.warn("session with the server is lost", { error: why.message });
      this.#tellLoss(why);
      for (const { subscription } of this.#wishes) subscription?.abandon();
      await connection.close();
      await this.#reopen();
    }
  }

  #tellLoss({ code }: MapperkitError): void {
    const reason = code === "timed_out" ? "timeout" : "notConnected";
    for (const { ops, emit } of this.#wishes) {
      for (const { property } of ops) emit(property, { quality: "Bad", reason });
    }
  }

  async #reopen(): Promise<void> {
    const { clock, random, connect, ua } = this.#parts;
    const { signal } = this.#closed;
    const backoff = new Backoff(BACKOFF, random);
    while (!signal.aborted) {
      try {
        await clock.sleep(backoff.next(), signal);
        const connection = await connect(signal);
        this.#connection = connection;
        this.#nodes = new NodeAccess(ua, connection);
        if (signal.aborted) return await connection.close();
        for (const wish of this.#wishes) await this.#fulfil(wish);
        return;
      } catch {
        // connect() has told why. A connection on which nothing can be subscribed is of no use.
        await this.#connection.close();
      }
    }
  }
}

function ended(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
