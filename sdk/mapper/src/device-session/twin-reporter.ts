import { type DeviceId, MapperkitError, type MsgTwin } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import { messageOf } from "../endpoint/failure.ts";
import type { DeviceState, TwinLink } from "../twin-link/twin-link.ts";

const BACKOFF = { initialMs: 250, maxMs: 30_000 };

/**
 * Tells the edge of one device: one update at a time, the latest of each property, again until the
 * edge has taken or refused it. State, not events: what is overtaken is never sent.
 */
export class TwinReporter {
  readonly #id: DeviceId;
  readonly #link: TwinLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #dirty = new Map<string, MsgTwin>();
  #state: DeviceState | undefined;
  #isStateDirty = false;
  #isSending = false;
  #cutPause: AbortController | undefined;
  readonly #refusals = new Map<string, string>();

  constructor(parts: { id: DeviceId; link: TwinLink; clock: Clock; random: Random; log: Log }) {
    this.#id = parts.id;
    this.#link = parts.link;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#backoff = new Backoff(BACKOFF, parts.random);
  }

  /** Adds to the next update; flush() sends it. */
  tell(property: string, change: MsgTwin): void {
    this.#dirty.set(property, { ...this.#dirty.get(property), ...change });
  }

  setState(state: DeviceState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#isStateDirty = true;
    this.flush();
  }

  /** The edge may have forgotten the state while it was away, and can be told what waits. */
  linkUp(): void {
    this.#isStateDirty = this.#state !== undefined;
    this.#backoff.reset();
    this.#cutPause?.abort();
    this.flush();
  }

  flush(): void {
    if (this.#isSending || this.#stopped.signal.aborted || !this.#hasNews()) return;
    this.#isSending = true;
    this.#sendAll()
      .finally(() => {
        this.#isSending = false;
      })
      .catch((error: unknown) => {
        this.#log.error("twin report failed unexpectedly", { error: messageOf(error) });
      });
  }

  stop(): void {
    this.#stopped.abort();
    this.#cutPause?.abort();
  }

  #hasNews(): boolean {
    return this.#isStateDirty || this.#dirty.size > 0;
  }

  async #sendAll(): Promise<void> {
    while (this.#hasNews() && !this.#stopped.signal.aborted) {
      if (await this.#sendOnce()) this.#backoff.reset();
      else await this.#pause(this.#backoff.next());
    }
  }

  /** False when it is worth trying again later. */
  async #sendOnce(): Promise<boolean> {
    const changes = this.#dirty;
    this.#dirty = new Map();
    try {
      await this.#sendState();
      if (changes.size === 0) return true;
      const refusals = await this.#link.report(this.#id, Object.fromEntries(changes));
      for (const property of changes.keys()) {
        this.#noteRefusal(property, refusals[property]?.reason);
      }
      return true;
    } catch (error) {
      if (error instanceof MapperkitError && error.code === "rejected") {
        for (const property of changes.keys()) this.#noteRefusal(property, error.message);
        return true;
      }
      this.#log.debug("twin report not taken", { error: messageOf(error) });
      for (const [property, change] of changes) {
        this.#dirty.set(property, { ...change, ...this.#dirty.get(property) });
      }
      return false;
    }
  }

  async #sendState(): Promise<void> {
    if (!this.#isStateDirty || !this.#state) return;
    this.#isStateDirty = false;
    try {
      await this.#link.setState(this.#id, this.#state);
    } catch (error) {
      this.#isStateDirty = true;
      throw error;
    }
  }

  /** The log hears of a refusal once, and again when its reason changes. */
  #noteRefusal(property: string, reason: string | undefined): void {
    if (reason === undefined) {
      this.#refusals.delete(property);
      return;
    }
    if (this.#refusals.get(property) === reason) return;
    this.#refusals.set(property, reason);
    this.#log.warn("edge refused a report", { property, error: reason });
  }

  async #pause(ms: number): Promise<void> {
    this.#cutPause = new AbortController();
    await this.#clock.sleep(ms, this.#cutPause.signal).catch(() => undefined);
    this.#cutPause = undefined;
  }
}
