import { type DeviceId, MapperkitError, type MsgTwin } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import { messageOf } from "../endpoint/failure.ts";
import type { DeviceState, TwinLink } from "../twin-link/twin-link.ts";

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
/** The longest time that a mapper's end waits to say so. */
const FAREWELL_MS = 1000;

export interface TwinReporterParts {
  readonly id: DeviceId;
  readonly link: TwinLink;
  readonly buffer: ReportBuffer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Tells the edge of one device: one update at a time, the latest of each property, again until the
 * edge has taken or refused it. State, not events: what is overtaken is never sent.
 */
export class TwinReporter {
  readonly #id: DeviceId;
  readonly #link: TwinLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #buffer: ReportBuffer;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #dirty = new Map<string, MsgTwin>();
  #state: DeviceState | undefined;
  #isStateDirty = false;
  #hasWaiting: boolean;
  #isKept = false;
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();
  #cutPause: AbortController | undefined;
  readonly #refusals = new Map<string, string>();

  constructor(parts: TwinReporterParts) {
    this.#id = parts.id;
    this.#link = parts.link;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#buffer = parts.buffer;
    this.#backoff = new Backoff(BACKOFF, parts.random);
    this.#dirty = new Map(parts.buffer.latest(parts.id));
    this.#hasWaiting = parts.buffer.first(parts.id).length > 0;
  }

  /** Adds to the next update; flush() sends it. */
  tell(property: string, change: MsgTwin): void {
    this.#dirty.set(property, { ...this.#dirty.get(property), ...change });
  }

  /** Sends this one too, in its turn, however many there are. */
  tellEach(property: string, change: MsgTwin): void {
    const { dropped } = this.#buffer;
    try {
      this.#buffer.push(this.#id, property, change);
    } catch (error) {
      // A full disk must not stop the measuring: the latest still travels.
      this.#log.error("sample cannot be kept", { property, error: messageOf(error) });
      this.tell(property, change);
      return;
    }
    this.#hasWaiting = true;
    if (this.#buffer.dropped > dropped && dropped === 0) {
      this.#log.warn("samples are dropped: the edge has been away for too long", { property });
    }
  }

  /** True when that is another state than before. */
  setState(state: DeviceState): boolean {
    if (state === this.#state) return false;
    this.#state = state;
    this.#isStateDirty = true;
    this.flush();
    return true;
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
    this.#sending = this.#sendAll()
      .finally(() => {
        this.#isSending = false;
      })
      .catch((error: unknown) => {
        this.#log.error("twin report failed unexpectedly", { error: messageOf(error) });
      });
  }

  stop(): void {
    if (this.#dirty.size > 0) this.#buffer.keepLatest(this.#id, this.#dirty);
    this.#stopped.abort();
    this.#cutPause?.abort();
  }

  /** Says the last things, and that nobody watches the device from here on. Never throws. */
  async farewell(): Promise<void> {
    if (this.#state !== undefined) this.setState("offline");
    this.flush();
    const end = new AbortController();
    const tired = this.#clock.sleep(FAREWELL_MS, end.signal).catch(() => undefined);
    await Promise.race([this.#sending, tired]);
    end.abort();
    this.stop();
  }

  #hasNews(): boolean {
    return this.#isStateDirty || this.#dirty.size > 0 || this.#hasWaiting;
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
    const waiting = this.#hasWaiting ? this.#buffer.first(this.#id) : [];
    this.#hasWaiting = waiting.length > 0;
    const update = new Map(changes);
    for (const { property, change } of waiting) {
      update.set(property, { ...update.get(property), ...change });
    }
    try {
      await this.#sendState();
      for (const part of partsOf(update)) await this.#send(part);
      this.#buffer.settle(this.#id, waiting);
      if (this.#isKept) this.#buffer.keepLatest(this.#id, this.#dirty);
      this.#isKept = false;
      return true;
    } catch (error) {
      this.#log.debug("twin report not taken", { error: messageOf(error) });
      for (const [property, change] of changes) {
        this.#dirty.set(property, { ...change, ...this.#dirty.get(property) });
      }
      if (!this.#isKept) this.#buffer.keepLatest(this.#id, this.#dirty);
      this.#isKept = true;
      return false;
    }
  }

  /** @throws MapperkitError when the edge has not heard it */
  async #send(update: ReadonlyMap<string, MsgTwin>): Promise<void> {
    try {
      const refusals = await this.#link.report(this.#id, Object.fromEntries(update));
      for (const property of update.keys()) {
        this.#noteRefusal(property, refusals[property]?.reason);
      }
    } catch (error) {
      if (!(error instanceof MapperkitError && error.code === "rejected")) throw error;
      for (const property of update.keys()) this.#noteRefusal(property, error.message);
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

/**
 * A whole or logical number without a value is nothing that every edge takes, and a stock edge
 * refuses an update for one property: it travels apart from the rest.
 */
function partsOf(update: ReadonlyMap<string, MsgTwin>): ReadonlyMap<string, MsgTwin>[] {
  const parts = Map.groupBy(update, ([, { actual }]) => actual?.value === "");
  return [parts.get(false), parts.get(true)].flatMap((part) => (part ? [new Map(part)] : []));
}
