import type { MapperkitError } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
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
  readonly connection: UaConnection;
  readonly clock: Clock;
  readonly log: Log;
  /** Heard once, when the connection is lost: the session is of no more use. */
  readonly lost: (why: MapperkitError) => void;
}

/** What one device wants to be told. */
interface Wish {
  readonly ops: readonly Op[];
  readonly emit: Emit;
  readonly publishingMs: number;
  subscription: Subscription | undefined;
}

/**
 * A session as the SDK works it, on one connection. When that is lost, what is subscribed is Bad at
 * once, and the SDK is told, which opens another session.
 */
export class OpcuaSession {
  readonly #parts: SessionParts;
  readonly #wishes = new Set<Wish>();
  readonly #nodes: NodeAccess;
  readonly #unwatch: () => void;
  #isClosed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { ua, connection, config, clock } = parts;
    this.#nodes = new NodeAccess(ua, connection);
    this.#unwatch = watchLife(connection, config.keepAliveMs, clock);
    connection.gone.then((why) => this.#lose(why)).catch(() => undefined);
  }

  /** False where each property is to be read in its cycle. */
  get isSubscribing(): boolean {
    return this.#parts.config.subscribe;
  }

  /** @throws MapperkitError when there was no answer at all; what is wrong with one node is at its place */
  async readMany(ops: readonly ReadOp<OpcuaVisitor>[]): Promise<readonly unknown[]> {
    const results = await this.#nodes.readMany(ops);
    for (const { subscription } of this.#wishes) {
      if (!subscription?.hasRefused) continue;
      const readable = ops.filter((_, i) => !(results[i] instanceof Error));
      await subscription.monitorAgain(new Set(readable.map(({ property }) => property)));
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
    this.#isClosed = true;
    this.#unwatch();
    for (const wish of this.#wishes) this.#forget(wish);
    await this.#parts.connection.close();
  }

  async #fulfil(wish: Wish): Promise<void> {
    const { ua, clock, log, config, connection } = this.#parts;
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
    subscription.ended.then((why) => this.#renew(wish, why)).catch(() => undefined);
  }

  /** The server ended a subscription, the session goes on. */
  async #renew(wish: Wish, why: string): Promise<void> {
    if (!this.#wishes.has(wish)) return;
    this.#parts.log.warn("subscription ended, subscribing anew", { error: why });
    await wish.subscription?.close();
    try {
      await this.#fulfil(wish);
    } catch (error) {
      // Without a subscription nobody would notice: the connection is made anew.
      this.#parts.connection.lose(error as MapperkitError);
    }
  }

  #forget(wish: Wish): void {
    this.#wishes.delete(wish);
    wish.subscription?.close().catch(() => undefined);
  }

  #lose(why: MapperkitError): void {
    if (this.#isClosed) return;
    this.#unwatch();
    this.#parts.log.warn("session with the server is lost", { error: why.message });
    this.#tellLoss(why);
    for (const { subscription } of this.#wishes) subscription?.abandon();
    this.#parts.lost(why);
  }

  #tellLoss({ code }: MapperkitError): void {
    const reason = code === "timed_out" ? "timeout" : "notConnected";
    for (const { ops, emit } of this.#wishes) {
      for (const { property } of ops) emit(property, { quality: "Bad", reason });
    }
  }
}
