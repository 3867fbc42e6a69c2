import type { JournalWriter } from "./journal-writer.ts";
import { type Outgoing, OutgoingQueue } from "./outgoing-queue.ts";
import type { Kept } from "./session-journal.ts";
import { copyPacket, factsOf, packetOf, payloadOf, type SessionPacket } from "./session-packet.ts";

export interface OutgoingQueuesParts {
  readonly writer: JournalWriter;
  /** What one session may have waiting; newer messages are dropped and told. */
  readonly maxQueued: number;
  /** Whether a client that is away may get the message when it is back. */
  readonly mayHear: (clientId: string, topic: string) => boolean;
  /** `isFirst`: since there was room. */
  readonly full: (clientId: string, isFirst: boolean) => void;
}

/** What sessions have yet to get or to acknowledge, written down as it changes. */
export class OutgoingQueues {
  readonly #parts: OutgoingQueuesParts;
  readonly #byClient = new Map<string, OutgoingQueue>();
  readonly #full = new Set<string>();

  constructor(parts: OutgoingQueuesParts) {
    this.#parts = parts;
  }

  /** `undefined` if the packet is there already, is not for this client, or found no room. */
  add(clientId: string, packet: SessionPacket): Outgoing | undefined {
    if (!this.#parts.mayHear(clientId, packet.topic ?? "")) return undefined;
    const queue = this.#byClient.get(clientId) ?? new OutgoingQueue();
    this.#byClient.set(clientId, queue);
    if (queue.size >= this.#parts.maxQueued) {
      this.#parts.full(clientId, !this.#full.has(clientId));
      this.#full.add(clientId);
      return undefined;
    }
    const entry = queue.add(copyPacket(packet));
    if (entry) this.#keep(clientId, entry);
    return entry;
  }

  /** Whether the next one would find no room. */
  isFull(clientId: string): boolean {
    return (this.#byClient.get(clientId)?.size ?? 0) >= this.#parts.maxQueued;
  }

  /** As if it had never been added. */
  withdraw(clientId: string, entry: Outgoing): void {
    if (this.#byClient.get(clientId)?.remove(entry)) this.#dropped(clientId, entry);
  }

  /** Oldest first. */
  waiting(clientId: string): readonly Outgoing[] {
    return this.#byClient.get(clientId)?.all() ?? [];
  }

  isUnderWay(clientId: string, messageId: number): boolean {
    return this.#byClient.get(clientId)?.hasMessageId(messageId) ?? false;
  }

  /** A number for the packet, or another packet for the number; unknown ones are not kept. */
  update(clientId: string, packet: SessionPacket): void {
    const entry = this.#byClient.get(clientId)?.update(packet);
    if (entry) this.#keep(clientId, entry);
  }

  /** The client has it. */
  clear(clientId: string, messageId: number): SessionPacket | undefined {
    const entry = this.#byClient.get(clientId)?.takeByMessageId(messageId);
    if (!entry) return undefined;
    this.#dropped(clientId, entry);
    return entry.packet;
  }

  /** The session has ended. */
  end(clientId: string): void {
    for (const { seq } of this.waiting(clientId)) {
      this.#parts.writer.drop({ kind: "outgoing", owner: clientId, id: `${seq}` });
    }
    this.#byClient.delete(clientId);
    this.#full.delete(clientId);
  }

  restore({ owner, id, facts, payload }: Kept): void {
    const queue = this.#byClient.get(owner) ?? new OutgoingQueue();
    this.#byClient.set(owner, queue);
    queue.add(packetOf(facts, payload), Number(id));
  }

  #keep(owner: string, { seq, packet }: Outgoing): void {
    const key = { kind: "outgoing", owner, id: `${seq}` } as const;
    this.#parts.writer.put({ ...key, facts: factsOf(packet), payload: payloadOf(packet) });
  }

  #dropped(owner: string, { seq }: Outgoing): void {
    this.#parts.writer.drop({ kind: "outgoing", owner, id: `${seq}` });
    if (this.#byClient.get(owner)?.size === 0) this.#byClient.delete(owner);
    this.#full.delete(owner);
  }
}
