import { Readable } from "node:stream";
import type { Log } from "@mapperkit/runtime";
import { matchesFilter } from "../topic-filter.ts";
import { JournalWriter } from "./journal-writer.ts";
import { OutgoingQueue } from "./outgoing-queue.ts";
import { byAge, type Kept, type SessionJournal } from "./session-journal.ts";
import { copyPacket, factsOf, packetOf, payloadOf, type SessionPacket } from "./session-packet.ts";
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
  readonly log: Log;
}

/**
 * What the broker (aedes) keeps of its clients: served from memory, and written down so that it
 * survives a restart. Method names and their meaning are aedes-persistence's.
 */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #writer: JournalWriter;
  readonly #retained = new Map<string, SessionPacket>();
  readonly #subscriptions = new SessionSubscriptions();
  readonly #outgoing = new Map<string, OutgoingQueue>();
  readonly #incoming = new Map<string, Map<number, SessionPacket>>();
  readonly #wills = new Map<string, Will>();
  readonly #full = new Set<string>();
  #dropped = 0;
  #broker: { readonly id: string } = { id: "" };

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#writer = new JournalWriter(options.journal, options.log);
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

  /** Whether a message on `topic` has to be kept for somebody. */
  hasSubscribers(topic: string): boolean {
    return this.#subscriptions.matching(topic).length > 0;
  }

  /** Resolves when all that was told so far has been written. */
  written(): Promise<void> {
    return this.#writer.written();
  }

  async storeRetained(packet: SessionPacket): Promise<void> {
    const { topic = "" } = packet;
    const key = { kind: "retained", owner: "", id: topic } as const;
    const isKept = !this.#options.isVolatile(topic);
    if (payloadOf(packet).length === 0) {
      if (this.#retained.delete(topic) && isKept) this.#writer.drop(key);
      return;
    }
    const known = this.#retained.get(topic);
    if (!known && this.#retained.size >= this.#options.maxRetained) {
      this.#drop("retained", "too many retained messages");
      return;
    }
    // The broker tells it twice when the acknowledgement waits for the disk.
    const isSame =
      known?.brokerCounter === packet.brokerCounter && known?.brokerId === packet.brokerId;
    this.#retained.set(topic, { ...packet });
    if (isKept && !(isSame && packet.brokerId)) {
      this.#writer.put({ ...key, facts: factsOf(packet), payload: payloadOf(packet) });
    }
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
    await this.written();
  }

  async removeSubscriptions({ id }: Owner, filters: readonly string[]): Promise<void> {
    for (const filter of filters) {
      if (!this.#subscriptions.remove(id, filter)) continue;
      this.#writer.drop({ kind: "subscription", owner: id, id: filter });
    }
    await this.written();
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
    for (const { seq } of this.#outgoing.get(client.id)?.all() ?? []) {
      this.#writer.drop({ kind: "outgoing", owner: client.id, id: `${seq}` });
    }
    this.#outgoing.delete(client.id);
    this.#full.delete(client.id);
  }

  async outgoingEnqueue(to: { readonly clientId: string }, packet: SessionPacket): Promise<void> {
    this.#enqueue(to.clientId, packet);
  }

  async outgoingEnqueueCombi(
    to: readonly { readonly clientId: string }[],
    packet: SessionPacket,
  ): Promise<void> {
    for (const { clientId } of to) this.#enqueue(clientId, packet);
  }

  /** A packet that is unknown was dropped because the session was full: nothing to keep. */
  async outgoingUpdate({ id }: Owner, packet: SessionPacket): Promise<void> {
    const entry = this.#outgoing.get(id)?.update(packet);
    if (entry) this.#keepOutgoing(id, entry);
  }

  async outgoingClearMessageId(
    { id }: Owner,
    { messageId }: SessionPacket,
  ): Promise<SessionPacket | undefined> {
    if (messageId === undefined) return undefined;
    const queue = this.#outgoing.get(id);
    const entry = queue?.takeByMessageId(messageId);
    if (!entry) return undefined;
    this.#writer.drop({ kind: "outgoing", owner: id, id: `${entry.seq}` });
    if (queue?.size === 0) this.#outgoing.delete(id);
    this.#full.delete(id);
    return entry.packet;
  }

  outgoingStream({ id }: Owner): Readable {
    return Readable.from((this.#outgoing.get(id)?.all() ?? []).map(({ packet }) => packet));
  }

  async incomingStorePacket({ id }: Owner, packet: SessionPacket): Promise<void> {
    const { messageId = 0 } = packet;
    const held = this.#incoming.get(id) ?? new Map<number, SessionPacket>();
    this.#incoming.set(id, held);
    const copy = { ...copyPacket(packet), messageId };
    held.set(messageId, copy);
    const key = { kind: "incoming", owner: id, id: `${messageId}` } as const;
    this.#writer.put({ ...key, facts: factsOf(copy), payload: payloadOf(copy) });
    await this.written();
  }

  async incomingGetPacket({ id }: Owner, { messageId = 0 }: SessionPacket): Promise<SessionPacket> {
    const packet = this.#incoming.get(id)?.get(messageId);
    if (!packet) throw new Error("no such packet");
    return packet;
  }

  async incomingDelPacket({ id }: Owner, { messageId = 0 }: SessionPacket): Promise<void> {
    if (!this.#incoming.get(id)?.delete(messageId)) throw new Error("no such packet");
    this.#writer.drop({ kind: "incoming", owner: id, id: `${messageId}` });
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
    await this.written();
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
    await this.written();
    await this.#options.journal.close();
  }

  #enqueue(clientId: string, packet: SessionPacket): void {
    if (!this.#options.mayHear(clientId, packet.topic ?? "")) return;
    const queue = this.#outgoing.get(clientId) ?? new OutgoingQueue();
    this.#outgoing.set(clientId, queue);
    if (queue.size >= this.#options.maxQueued) {
      this.#drop(clientId, "session full, newer messages are dropped until it is read");
      return;
    }
    const entry = queue.add(copyPacket(packet));
    if (entry) this.#keepOutgoing(clientId, entry);
  }

  #keepOutgoing(owner: string, { seq, packet }: { seq: number; packet: SessionPacket }): void {
    const key = { kind: "outgoing", owner, id: `${seq}` } as const;
    this.#writer.put({ ...key, facts: factsOf(packet), payload: payloadOf(packet) });
  }

  #drop(client: string, reason: string): void {
    this.#dropped += 1;
    if (this.#full.has(client)) return;
    this.#full.add(client);
    this.#options.log.warn(reason, { client });
  }

  #restore({ kind, owner, id, facts, payload }: Kept): void {
    switch (kind) {
      case "retained":
        this.#retained.set(id, packetOf(facts, payload));
        return;
      case "subscription":
        this.#subscriptions.add(owner, JSON.parse(facts) as Subscription);
        return;
      case "outgoing": {
        const queue = this.#outgoing.get(owner) ?? new OutgoingQueue();
        this.#outgoing.set(owner, queue);
        queue.add(packetOf(facts, payload), Number(id));
        return;
      }
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
