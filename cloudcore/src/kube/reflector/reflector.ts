import { MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Component, type Log, type Random } from "@mapperkit/runtime";
import { isExpired, retryAfterMs } from "../client/kube-error.ts";
import {
  isKubeObject,
  type KubeObject,
  type ListPage,
  type WatchEvent,
} from "../client/kube-object.ts";
import { ChangeQueue } from "./change-queue.ts";
import { type Change, ObjectCache } from "./object-cache.ts";

const PAGE_SIZE = 500;
const BACKOFF = { initialMs: 800, maxMs: 30_000 };
const HEALTHY_AFTER_MS = 10_000;
const QUEUE_LIMIT = 1_000;

/** What a reflector needs of the API server, for one resource. */
export interface ReflectorSource {
  /** Rises when the server or the credentials changed, so that a new list is needed. */
  readonly accessGeneration: number;
  listPage(
    query: { limit: number; resourceVersion?: string; continue?: string },
    signal: AbortSignal,
  ): Promise<ListPage>;
  watch(
    options: { resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent>>;
}

/**
 * Keeps a cache of one resource in step with the API server, for ever, and tells every change in
 * order. The server may go away and come back; nothing is missed and nothing is told twice.
 */
export class Reflector implements Component {
  readonly name: string;
  readonly #source: ReflectorSource;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #queue: ChangeQueue<Change>;
  readonly #cache = new ObjectCache();
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #resourceVersion: string | undefined;
  /** "0" takes whatever the server has in its cache; "" is the newest, needed after an expiry. */
  #listFrom = "0";
  #seenGeneration = 0;
  #isFailing = false;
  #lastEventAt = 0;

  constructor(options: {
    name: string;
    source: ReflectorSource;
    onChange: (change: Change) => void;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.name = `reflector-${options.name}`;
    this.#source = options.source;
    this.#clock = options.clock;
    this.#random = options.random.fork(this.name);
    this.#log = options.log.child({ component: this.name });
    this.#backoff = new Backoff(BACKOFF, this.#random);
    this.#queue = new ChangeQueue({
      handle: options.onChange,
      limit: QUEUE_LIMIT,
      log: this.#log,
    });
  }

  /** ms since the last event or list; grows while the server is away. */
  get lastEventAgeMs(): number {
    return this.#clock.monotonic() - this.#lastEventAt;
  }

  get size(): number {
    return this.#cache.size;
  }

  /** Resolves when the first full list was handled, however long the server stays away. */
  async start(signal: AbortSignal): Promise<void> {
    this.#lastEventAt = this.#clock.monotonic();
    this.#running = this.#run(this.#stopping.signal);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
    await Promise.race([this.#synced.promise, aborted]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = this.#clock.monotonic();
      try {
        await this.#listIfNeeded(signal);
        await this.#watch(signal);
        await this.#rest(startedAt, undefined, signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, startedAt, signal);
      }
    }
  }

  async #recover(error: unknown, startedAt: number, signal: AbortSignal): Promise<void> {
    if (isExpired(error) || isUnreadable(error)) {
      this.#resourceVersion = undefined;
      this.#listFrom = "";
    }
    if (!isExpired(error)) {
      if (!this.#isFailing) this.#log.warn("the watch broke, retrying", { error });
      this.#isFailing = true;
    }
    await this.#rest(startedAt, error, signal);
  }

  /** After long health, or a first expiry, go on at once; otherwise back off. */
  async #rest(startedAt: number, error: unknown, signal: AbortSignal): Promise<void> {
    const wasHealthy = this.#clock.monotonic() - startedAt >= HEALTHY_AFTER_MS;
    if (wasHealthy) this.#backoff.reset();
    if (wasHealthy && (error === undefined || isExpired(error))) return;
    const delayMs = Math.max(retryAfterMs(error) ?? 0, this.#backoff.next());
    await this.#clock.sleep(delayMs, signal).catch(() => undefined);
  }

  async #listIfNeeded(signal: AbortSignal): Promise<void> {
    if (this.#source.accessGeneration !== this.#seenGeneration) {
      if (this.#resourceVersion !== undefined) this.#listFrom = "";
      this.#resourceVersion = undefined;
    }
    if (this.#resourceVersion !== undefined) return;
    const items: KubeObject[] = [];
    let page = await this.#source.listPage(
      { limit: PAGE_SIZE, resourceVersion: this.#listFrom },
      signal,
    );
    const { resourceVersion } = page;
    for (;;) {
      items.push(...page.items);
      if (!page.continueToken) break;
      page = await this.#source.listPage(
        { limit: PAGE_SIZE, continue: page.continueToken },
        signal,
      );
    }
    this.#seenGeneration = this.#source.accessGeneration;
    for (const change of this.#cache.replace(items)) await this.#queue.push(change);
    this.#alive();
    this.#resourceVersion = resourceVersion;
    await this.#queue.idle();
    this.#synced.resolve();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const options = {
      resourceVersion: this.#resourceVersion ?? "",
      timeoutSeconds: this.#random.int(300, 600),
    };
    const events = await this.#source.watch(options, signal);
    this.#alive();
    for await (const event of events) {
      this.#alive();
      const { object } = event;
      if (event.type !== "BOOKMARK" && isKubeObject(object)) await this.#apply(event.type, object);
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    }
  }

  async #apply(type: string, object: KubeObject): Promise<void> {
    const changes = type === "DELETED" ? this.#cache.remove(object) : this.#cache.put(object);
    for (const change of changes) await this.#queue.push(change);
  }

  #alive(): void {
    this.#lastEventAt = this.#clock.monotonic();
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#log.info("the watch works again");
  }
}

/** A line that cannot be read may hide a change, so only a new list is safe. */
function isUnreadable(error: unknown): boolean {
  return error instanceof MapperkitError && error.code === "invalid_input";
}
