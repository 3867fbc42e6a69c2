import { randomUUID } from "node:crypto";
import { type DeviceId, makeEnvelope } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { OutboxSample, TwinStore } from "../store/twin-store.ts";
import type { CloudLink } from "./cloud-reports.ts";

export interface SampleOutboxParts {
  readonly store: TwinStore;
  /** Above this the oldest samples are dropped, and counted. */
  readonly maxSamples: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Samples that are read at once, and the most that one message carries. */
const PAGE = 200;
/** Unconfirmed messages at once. */
const WINDOW = 32;
const TICK_MS = 1_000;
const RESEND_MS = 60_000;

interface SentMessage {
  readonly upTo: number;
  readonly sentAtMs: number;
  isConfirmed: boolean;
}

/**
 * Every sample of the properties that ask for it, in their order, until the cloud has confirmed that
 * their sink holds them. The samples are in the store alone: memory does not grow with an outage.
 */
export class SampleOutbox {
  readonly #parts: SampleOutboxParts;
  /** In the order in which they were sent. */
  readonly #messages = new Map<string, SentMessage>();
  #link: CloudLink | undefined;
  /** Sequences: given to a sample, durable, sent on this link, confirmed or dropped, and forgotten by the store. */
  #given = 0;
  #stored = 0;
  #sent = 0;
  #done = 0;
  #forgotten = 0;
  #dropped = 0;
  #hasWarned = false;
  #isPumping = false;
  #stopTicking: () => void = () => {};

  constructor(parts: SampleOutboxParts) {
    this.#parts = parts;
  }

  /** Goes on where the last run of the edge ended, however it ended. */
  async start(): Promise<void> {
    const { done, last } = await this.#parts.store.outboxEnds();
    this.#done = this.#sent = this.#forgotten = done;
    this.#given = this.#stored = last;
    this.#stopTicking = this.#parts.clock.every(TICK_MS, () => this.#tick());
  }

  async stop(): Promise<void> {
    this.#stopTicking();
    this.#link = undefined;
    await this.#forgetDone();
  }

  /** Samples that wait; those of removed devices count until their turn comes. */
  get waiting(): number {
    return this.#stored - this.#done;
  }

  /** Samples that were lost because too many waited, since the edge started. */
  get dropped(): number {
    return this.#dropped;
  }

  nextSequence(): number {
    return ++this.#given;
  }

  /** All samples up to this one are durable. */
  stored(sequence: number): void {
    this.#stored = Math.max(this.#stored, sequence);
    this.#dropOldest();
    void this.#pump();
  }

  connected(link: CloudLink): void {
    this.#link = link.takesSamples ? link : undefined;
    this.#hasWarned = false;
    this.#rewind();
  }

  resume(): void {
    void this.#pump();
  }

  disconnected(): void {
    this.#link = undefined;
  }

  /** False when the message is none of the outbox's. */
  confirm(messageId: string): boolean {
    const message = this.#messages.get(messageId);
    if (!message) return false;
    message.isConfirmed = true;
    for (const [id, { upTo, isConfirmed }] of this.#messages) {
      if (!isConfirmed) break;
      this.#done = Math.max(this.#done, upTo);
      this.#messages.delete(id);
    }
    void this.#pump();
    return true;
  }

  #tick(): void {
    void this.#forgetDone();
    const [oldest] = this.#messages.values();
    const isLate = oldest && this.#parts.clock.monotonic() - oldest.sentAtMs > RESEND_MS;
    if (isLate) this.#rewind();
    else void this.#pump();
  }

  /** All that is not confirmed goes once more: a sink drops what it has by its sequence. */
  #rewind(): void {
    this.#messages.clear();
    this.#sent = this.#done;
    void this.#pump();
  }

  /** The store may lag: what it still has after a crash is sent once more. */
  async #forgetDone(): Promise<void> {
    const upTo = this.#done;
    if (upTo <= this.#forgotten) return;
    this.#forgotten = upTo;
    try {
      await this.#parts.store.commit([{ kind: "outbox done", upTo }]);
    } catch (error) {
      this.#forgotten = 0;
      this.#parts.log.warn("outbox not shortened", { error: textOf(error) });
    }
  }

  #dropOldest(): void {
    const { maxSamples, log } = this.#parts;
    if (this.waiting <= maxSamples) return;
    const count = this.waiting - maxSamples;
    this.#done += count;
    this.#dropped += count;
    this.#sent = Math.max(this.#sent, this.#done);
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    log.warn("outbox full, the oldest samples are dropped", { max_samples: maxSamples });
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#link && this.#messages.size < WINDOW && this.#sent < this.#stored) {
        if (!(await this.#sendPage(this.#link))) break;
      }
    } catch (error) {
      this.#parts.log.warn("outbox not read, tried again", { error: textOf(error) });
    } finally {
      this.#isPumping = false;
    }
  }

  /** False when the link is full. */
  async #sendPage(link: CloudLink): Promise<boolean> {
    const after = this.#sent;
    const stored = this.#stored;
    const page = await this.#parts.store.outboxAfter(after, PAGE);
    if (this.#link !== link || this.#sent !== after) return true;
    for (const samples of byDevice(page)) {
      if (!this.#sendSamples(link, samples)) return false;
    }
    if (page.length < PAGE) this.#passGap(stored);
    return true;
  }

  /** Behind the last sample of a short page there is none up to `sequence`: they were of removed devices. */
  #passGap(sequence: number): void {
    this.#sent = Math.max(this.#sent, sequence);
    if (this.#messages.size === 0) this.#done = Math.max(this.#done, sequence);
  }

  #sendSamples(link: CloudLink, samples: readonly OutboxSample[]): boolean {
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last) return true;
    const id = randomUUID();
    const timestamp = this.#parts.clock.now();
    const content = {
      event_id: randomUUID(),
      timestamp,
      sequence: last.sequence,
      samples: samples.map(({ sequence, property, sample }) => ({ property, sequence, ...sample })),
    };
    const route = { source: "twin", group: "resource", operation: "update" };
    const resource = samplesResource(first.device);
    if (!link.send(makeEnvelope({ id, timestamp, ...route, resource, content }))) return false;
    const sentAtMs = this.#parts.clock.monotonic();
    this.#messages.set(id, { upTo: last.sequence, sentAtMs, isConfirmed: false });
    this.#sent = last.sequence;
    return true;
  }
}

function samplesResource(device: DeviceId): string {
  return `device/${device}/samples`;
}

/** Neighbours of one device together; the order stays. */
function byDevice(page: readonly OutboxSample[]): OutboxSample[][] {
  const runs: OutboxSample[][] = [];
  for (const sample of page) {
    const run = runs.at(-1);
    if (run?.[0]?.device === sample.device) run.push(sample);
    else runs.push([sample]);
  }
  return runs;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
