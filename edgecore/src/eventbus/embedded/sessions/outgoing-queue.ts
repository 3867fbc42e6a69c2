import type { SessionPacket } from "./session-packet.ts";

export interface Outgoing {
  /** Unique in the queue, ascending. */
  readonly seq: number;
  /** After PUBREC it is the PUBREL. */
  packet: SessionPacket;
}

/** What one session has yet to get, oldest first; every look-up at the same cost however long it is. */
export class OutgoingQueue {
  readonly #bySeq = new Map<number, Outgoing>();
  readonly #byOrigin = new Map<string, Outgoing>();
  readonly #byMessageId = new Map<number, Outgoing>();
  #lastSeq = 0;

  get size(): number {
    return this.#bySeq.size;
  }

  /** `undefined` if the packet is here already, as by a second subscription that fits it. */
  add(packet: SessionPacket, seq = this.#lastSeq + 1): Outgoing | undefined {
    const origin = originOf(packet);
    if (this.#byOrigin.has(origin)) return undefined;
    const entry = { seq, packet };
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    this.#bySeq.set(seq, entry);
    this.#byOrigin.set(origin, entry);
    if (packet.messageId !== undefined) this.#byMessageId.set(packet.messageId, entry);
    return entry;
  }

  /** A number for the packet, or another packet for the number. `undefined` if neither is here. */
  update(packet: SessionPacket): Outgoing | undefined {
    const { messageId } = packet;
    const entry = this.#byOrigin.get(originOf(packet));
    if (entry) {
      const { messageId: former } = entry.packet;
      if (former !== undefined) this.#byMessageId.delete(former);
      entry.packet.messageId = messageId;
      if (messageId !== undefined) this.#byMessageId.set(messageId, entry);
      return entry;
    }
    const numbered = messageId === undefined ? undefined : this.#byMessageId.get(messageId);
    if (!numbered) return undefined;
    this.#byOrigin.delete(originOf(numbered.packet));
    numbered.packet = packet;
    this.#byOrigin.set(originOf(packet), numbered);
    return numbered;
  }

  hasMessageId(messageId: number): boolean {
    return this.#byMessageId.has(messageId);
  }

  takeByMessageId(messageId: number): Outgoing | undefined {
    const entry = this.#byMessageId.get(messageId);
    if (entry) this.remove(entry);
    return entry;
  }

  /** Whether it was there. */
  remove(entry: Outgoing): boolean {
    if (!this.#bySeq.delete(entry.seq)) return false;
    const { messageId } = entry.packet;
    if (messageId !== undefined) this.#byMessageId.delete(messageId);
    this.#byOrigin.delete(originOf(entry.packet));
    return true;
  }

  all(): Outgoing[] {
    return [...this.#bySeq.values()];
  }
}

function originOf({ brokerId, brokerCounter, messageId, cmd }: SessionPacket): string {
  return cmd === "publish" ? `${brokerId}:${brokerCounter}` : `${cmd}:${messageId}`;
}
