import { Readable } from "node:stream";
import type { Log } from "@mapperkit/runtime";
import { matchesFilter } from "../routing/topic-filter.ts";
import { JournalWriter } from "./journal-writer.ts";
import { OutgoingQueues } from "./outgoing-queues.ts";
import { byAge, type Kept, type SessionJournal } from "./session-journal.ts";
import {
  copyPacket,
  factsOf,
  ownBytes,
  packetOf,
  payloadOf,
  type SessionPacket,
} from "./session-packet.ts";
import { SessionSubscriptions, type Subscription } from "./session-subscriptions.ts";

interface Owner {
  readonly id: string;
}
type Will = SessionPacket & { brokerId?: string; clientId?: string };

export interface SessionStoreOptions {
  readonly journal: SessionJournal;
  /** What one session may have waiting; newer messages are dropped and counted. */
  readonly maxQueued: number;
  readonly maxRetained: number;
  /** Whether a client that is away may get the message when it is back. */
  readonly mayHear: (clientId: string, topic: string) => boolean;
  /** Retained messages that are made anew at each start. */
  readonly isVolatile: (topic: string) => boolean;
  /** Called for each message that found no room. */
  readonly noteDropped?: (reason: "session_full" | "retained_full") => void;
  readonly log: Log;
}

/**
 * What the broker (aedes) keeps of its clients: served from memory, and written down so that it
 * survives a restart. Method names and their meaning are aedes-persistence's.
 */
export class SessionStore {
  readonly outgoing: OutgoingQueues;
  readonly #options: SessionStoreOptions;
  readonly #writer: JournalWriter;
  readonly #retained = new Map<string, SessionPacket>();
  readonly #subscriptions = new SessionSubscriptions();
  readonly #incoming = new Map<string, Map<number, SessionPacket>>();
  readonly #wills = new Map<string, Will>();
  #isRetainedFull = false;
  #dropped = 0;
  #broker: { readonly id: string } = { id: "" };

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#writer = new JournalWriter(options.journal, options.log);
    const { maxQueued, mayHear } = options;
    const full = (client: string, isFirst: boolean) => {
      this.#noteDropped("session_full");
      if (isFirst) options.log.warn("session full, newer messages are dropped", { client });
    };
    this.outgoing = new OutgoingQueues({ writer: this.#writer, maxQueued, mayHear, full });
  }

  get broker(): { readonly id: string } {
    return this.#broker;
  }

  /** How many messages were dropped because a session or the retained messages had no room. */
  get dropped(): number {
    return this.#dropped;
  }

  async setup(broker: { readonly id: string }): Promise<void> {
    this.#broker = broker;
    const kept = await this.#options.journal.load();
    for (const one of kept.toSorted(byAge)) this.#restore(one);
  }

  /** Of all sessions that outlive their connection. */
  get subscriptions(): Iterable<Subscription & { readonly clientId: string }> {
    return this.#subscriptions.all();
  }

  /** Resolves when all that was told so far survives a loss of power. @throws what the disk says */
  durable(): Promise<void> {
    return this.#writer.durable();
  }

  async storeRetained(packet: SessionPacket): Promise<void> {
    const { topic = "" } = packet;
    const key = { kind: "retained", owner: "", id: topic } as const;
    const isKept = !this.#options.isVolatile(topic);
    if (payloadOf(packet).length === 0) {
      if (this.#retained.delete(topic) && isKept) this.#writer.drop(key);
      this.#isRetainedFull = false;
      return;
    }
    const known = this.#retained.get(topic);
    if (!known && this.#retained.size >= this.#options.maxRetained) {
      this.#noteDropped("retained_full");
      const { log, maxRetained } = this.#options;
      if (!this.#isRetainedFull) log.warn("too many retained messages", { maxRetained });
      this.#isRetainedFull = true;
      return;
    }
    const copy = { ...packet, payload: ownBytes(packet.payload) };
    this.#retained.set(topic, copy);
    if (isKept) this.#writer.put({ ...key, facts: factsOf(copy), payload: payloadOf(copy) });
  }

  createRetainedStreamCombi(patterns: readonly string[]): Readable {
    const found = [...this.#retained].filter(([topic]) =>
      patterns.some((pattern) => matchesFilter(pattern, topic)),
    );
    return Readable.from(found.map(([, packet]) => packet));
  }

  createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern]);
  }

  async addSubscriptions({ id }: Owner, subscriptions: readonly Subscription[]): Promise<void> {
    for (const subscription of subscriptions) {
      const facts = JSON.stringify(this.#subscriptions.add(id, subscription));
      const key = { kind: "subscription", owner: id, id: subscription.topic } as const;
      this.#writer.put({ ...key, facts, payload: new Uint8Array() });
    }
    await this.#writer.tried();
  }

  async removeSubscriptions({ id }: Owner, filters: readonly string[]): Promise<void> {
    for (const filter of filters) {
      if (!this.#subscriptions.remove(id, filter)) continue;
      this.#writer.drop({ kind: "subscription", owner: id, id: filter });
    }
    await this.#writer.tried();
  }

  async subscriptionsByClient({ id }: Owner): Promise<Subscription[]> {
    return this.#subscriptions.of(id);
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return this.#subscriptions.count();
  }

  async subscriptionsByTopic(topic: string): Promise<(Subscription & { clientId: string })[]> {
    return [...this.#subscriptions.matching(topic)];
  }

  /** The end of a session: nothing of it is left. */
  async cleanSubscriptions(client: Owner): Promise<void> {
    const filters = this.#subscriptions.of(client.id).map(({ topic }) => topic);
    await this.removeSubscriptions(client, filters);
    this.outgoing.end(client.id);
  }

  async outgoingEnqueue(to: { readonly clientId: string }, packet: SessionPacket): Promise<void> {
    this.outgoing.add(to.clientId, packet);
  }

  async outgoingEnqueueCombi(
    to: readonly { readonly clientId: string }[],
    packet: SessionPacket,
  ): Promise<void> {
    for (const { clientId } of to) this.outgoing.add(clientId, packet);
  }

  /** A PUBREL is said when it is written: whoever got it takes the packet that comes again for new. */
  async outgoingUpdate({ id }: Owner, packet: SessionPacket): Promise<void> {
    this.outgoing.update(id, packet);
    if (packet.cmd === "pubrel") await this.durable();
  }

  async outgoingClearMessageId(
    { id }: Owner,
    { messageId }: SessionPacket,
  ): Promise<SessionPacket | undefined> {
    return messageId === undefined ? undefined : this.outgoing.clear(id, messageId);
  }

  outgoingStream({ id }: Owner): Readable {
    return Readable.from(this.outgoing.waiting(id).map(({ packet }) => packet));
  }

  async incomingStorePacket(owner: Owner, packet: SessionPacket): Promise<void> {
    this.holdIncoming(owner.id, packet);
    await this.durable();
  }

  /** Notes that a message of QoS 2 has come, so that it is not taken for another when it comes again. */
  holdIncoming(id: string, packet: SessionPacket): void {
    const { messageId = 0 } = packet;
    const held = this.#incoming.get(id) ?? new Map<number, SessionPacket>();
    this.#incoming.set(id, held);
    const copy = { ...copyPacket(packet), messageId };
    held.set(messageId, copy);
    const key = { kind: "incoming", owner: id, id: `${messageId}` } as const;
    this.#writer.put({ ...key, facts: factsOf(copy), payload: payloadOf(copy) });
  }

  /** How many of a client's messages of QoS 2 have come and are not released. */
  incomingOf(id: string): number {
    return this.#incoming.get(id)?.size ?? 0;
  }

  hasIncoming(id: string, messageId: number): boolean {
    return this.#incoming.get(id)?.has(messageId) ?? false;
  }

  /** As if it had not come. */
  releaseIncoming(id: string, messageId: number): void {
    const held = this.#incoming.get(id);
    if (!held?.delete(messageId)) return;
    if (held.size === 0) this.#incoming.delete(id);
    this.#writer.drop({ kind: "incoming", owner: id, id: `${messageId}` });
  }

  async incomingGetPacket({ id }: Owner, { messageId = 0 }: SessionPacket): Promise<SessionPacket> {
    const packet = this.#incoming.get(id)?.get(messageId);
    if (!packet) throw new Error("no such packet");
    return packet;
  }

  async incomingDelPacket({ id }: Owner, { messageId = 0 }: SessionPacket): Promise<void> {
    if (!this.hasIncoming(id, messageId)) throw new Error("no such packet");
    this.releaseIncoming(id, messageId);
    // The client may give the number to another message as soon as it hears of the release.
    await this.durable();
  }

  async cleanIncoming({ id }: Owner): Promise<void> {
    for (const messageId of this.#incoming.get(id)?.keys() ?? []) {
      this.#writer.drop({ kind: "incoming", owner: id, id: `${messageId}` });
    }
    this.#incoming.delete(id);
  }

  async putWill({ id }: Owner, packet: Will): Promise<void> {
    packet.brokerId = this.#broker.id;
    packet.clientId = id;
    this.#wills.set(id, packet);
    const key = { kind: "will", owner: id, id: "" } as const;
    this.#writer.put({ ...key, facts: factsOf(packet), payload: payloadOf(packet) });
    await this.#writer.tried();
  }

  async getWill({ id }: Owner): Promise<Will | undefined> {
    return this.#wills.get(id);
  }

  async delWill({ id }: Owner): Promise<Will | undefined> {
    const will = this.#wills.get(id);
    if (this.#wills.delete(id)) this.#writer.drop({ kind: "will", owner: id, id: "" });
    return will;
  }

  /** Those of brokers that are not alive: of this edge before it was started anew. */
  streamWill(alive: Readonly<Record<string, unknown>> = {}): Readable {
    const found = [...this.#wills.values()].filter(({ brokerId = "" }) => !alive[brokerId]);
    return Readable.from(found);
  }

  getClientList(filter: string): Readable {
    return Readable.from(this.#subscriptions.clientsOf(filter));
  }

  async destroy(): Promise<void> {
    await this.#writer.tried();
    await this.#options.journal.close();
  }

  #noteDropped(reason: "session_full" | "retained_full"): void {
    this.#dropped += 1;
    this.#options.noteDropped?.(reason);
  }

  #restore(kept: Kept): void {
    const { kind, owner, id, facts, payload } = kept;
    switch (kind) {
      case "retained":
        this.#retained.set(id, packetOf(facts, payload));
        return;
      case "subscription":
        this.#subscriptions.add(owner, JSON.parse(facts) as Subscription);
        return;
      case "outgoing":
        this.outgoing.restore(kept);
        return;
      case "incoming": {
        const held = this.#incoming.get(owner) ?? new Map<number, SessionPacket>();
        this.#incoming.set(owner, held);
        held.set(Number(id), packetOf(facts, payload));
        return;
      }
      case "will":
        this.#wills.set(owner, { ...packetOf(facts, payload), payload: Buffer.from(payload) });
        return;
    }
  }
}
