import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type Envelope, makeEnvelope } from "@mapperkit/api";
import { Backoff, type Clock, type Component, type Log, type Random } from "@mapperkit/runtime";

/** A message that a rule in the cloud waits for. */
export interface StoredMessage {
  /** Orders all messages of this edge. */
  readonly sequence: number;
  /** The same at each delivery. */
  readonly key: string;
  readonly topic: string;
  readonly payload: Buffer;
}

/** Table `rule_outbox`. */
export interface RuleOutboxStore {
  load(): Promise<readonly StoredMessage[]>;
  /** Resolves when durable. */
  put(message: StoredMessage): Promise<void>;
  drop(sequence: number): Promise<void>;
}

type Link = { send(envelope: Envelope): boolean; uses?(feature: "rules"): boolean };

/** What may wait for the cloud; above it the oldest give way, and are counted. */
const MAX_MESSAGES = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const RETRY = { initialMs: 500, maxMs: 30_000 };
/** The cloud may wait this long for who it delivers to. */
const ANSWER_WITHIN_MS = 90_000;
const TEND_EVERY_MS = 250;

/** The messages of one topic: the first one is under way, or waits for its next try. */
interface Line {
  readonly waiting: StoredMessage[];
  readonly backoff: Backoff;
  /** Monotonic: when the first one is sent, again if it is. */
  sendAt: number;
}

/**
 * Messages for rules: stored before their PUBACK, in order per topic, each sent until the cloud says
 * that it was delivered, or that nobody wants it.
 */
export class RuleOutbox implements Component {
  readonly name = "rule-outbox";
  readonly #store: RuleOutboxStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #lines = new Map<string, Line>();
  /** Topics by the key of the message that is under way. */
  readonly #underWay = new Map<string, string>();
  #link: Link | undefined;
  #lastSequence = 0;
  #messages = 0;
  #bytes = 0;
  #dropped = 0;
  #stopTending: (() => void) | undefined;

  constructor(parts: { store: RuleOutboxStore; clock: Clock; random: Random; log: Log }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
  }

  get waiting(): number {
    return this.#messages;
  }

  get dropped(): number {
    return this.#dropped;
  }

  async start(): Promise<void> {
    for (const message of await this.#store.load()) this.#append(message);
    this.#stopTending = this.#clock.every(TEND_EVERY_MS, () => this.#tend());
  }

  async stop(): Promise<void> {
    this.#stopTending?.();
  }

  /** Resolves when the message is durable. */
  async offer(topic: string, bytes: Uint8Array): Promise<void> {
    const payload = Buffer.from(bytes);
    this.#lastSequence += 1;
    const message = { sequence: this.#lastSequence, key: randomUUID(), topic, payload };
    const stored = this.#store.put(message);
    this.#append(message);
    await stored;
    this.#sendFirst(topic);
  }

  connected(link: Link): void {
    this.#link = link;
    for (const line of this.#lines.values()) line.sendAt = 0;
    this.#tend();
  }

  disconnected(): void {
    this.#link = undefined;
    this.#underWay.clear();
    for (const line of this.#lines.values()) line.sendAt = 0;
  }

  /** The cloud's word on a message; false when it is none. */
  settle({ header, content }: Envelope): boolean {
    const key = header.parent_msg_id ?? "";
    const topic = this.#underWay.get(key);
    if (topic === undefined) return false;
    this.#underWay.delete(key);
    const line = this.#lines.get(topic);
    if (!line) return true;
    if ((content as { outcome?: unknown } | null)?.outcome === "again") {
      line.sendAt = this.#clock.monotonic() + line.backoff.next();
    } else {
      line.backoff.reset();
      this.#dropFirst(topic, line);
      this.#sendFirst(topic);
    }
    return true;
  }

  #tend(): void {
    for (const topic of [...this.#lines.keys()]) this.#sendFirst(topic);
  }

  #sendFirst(topic: string): void {
    for (;;) {
      const line = this.#lines.get(topic);
      const first = line?.waiting[0];
      const link = this.#link;
      if (!line || !first || !link || this.#clock.monotonic() < line.sendAt) return;
      const isAnswered = link.uses?.("rules") ?? false;
      if (!link.send(this.#upload(first, isAnswered))) return;
      if (isAnswered) {
        this.#underWay.set(first.key, topic);
        line.sendAt = this.#clock.monotonic() + ANSWER_WITHIN_MS;
        return;
      }
      // KubeEdge's cloud says nothing: a message that has left is delivered as far as can be known.
      this.#dropFirst(topic, line);
    }
  }

  #append(message: StoredMessage): void {
    const { topic, sequence, payload } = message;
    const line = this.#lines.get(topic) ?? {
      waiting: [],
      backoff: new Backoff(RETRY, this.#random),
      sendAt: 0,
    };
    this.#lines.set(topic, line);
    line.waiting.push(message);
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
    this.#messages += 1;
    this.#bytes += payload.length;
    while (this.#messages > MAX_MESSAGES || this.#bytes > MAX_BYTES) this.#giveWay();
  }

  #giveWay(): void {
    let oldest: [string, Line] | undefined;
    for (const each of this.#lines) {
      const sequence = each[1].waiting[0]?.sequence ?? Number.POSITIVE_INFINITY;
      if (sequence < (oldest?.[1].waiting[0]?.sequence ?? Number.POSITIVE_INFINITY)) oldest = each;
    }
    if (!oldest) return;
    this.#dropped += 1;
    if (this.#dropped % 1_000 === 1)
      this.#log.warn("messages for rules are dropped", { dropped: this.#dropped });
    const first = oldest[1].waiting[0];
    if (first) this.#underWay.delete(first.key);
    oldest[1].sendAt = 0;
    this.#dropFirst(...oldest);
  }

  #dropFirst(topic: string, line: Line): void {
    const first = line.waiting.shift();
    if (!first) return;
    line.sendAt = 0;
    this.#messages -= 1;
    this.#bytes -= first.payload.length;
    if (line.waiting.length === 0) this.#lines.delete(topic);
    this.#store.drop(first.sequence).catch((error: unknown) => {
      this.#log.warn("a delivered message stays stored, and is sent again after a restart", {
        error,
      });
    });
  }

  /** KubeEdge's content is text; our cloud is told what is none. */
  #upload({ key, topic, payload }: StoredMessage, isOurs: boolean): Envelope {
    const base64 = payload.toString("base64");
    const content = isUtf8(payload) ? payload.toString() : isOurs ? { base64 } : base64;
    return makeEnvelope({
      ...{ id: key, timestamp: this.#clock.now(), source: "bus" },
      ...{ group: "user", operation: "upload", resource: topic, content },
    });
  }
}
