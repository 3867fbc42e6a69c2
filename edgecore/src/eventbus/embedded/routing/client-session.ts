import type { Client } from "aedes";
import type { Outgoing } from "../sessions/outgoing-queue.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { ClientSocket } from "../wire/client-socket.ts";
import { numberedPacket, PUBREL } from "../wire/numbered-packet.ts";
import { PublishFrame } from "../wire/publish-frame.ts";
import type { Message } from "./message.ts";

const LAST_ID = 65_535;

export interface ClientSessionParts {
  readonly id: string;
  /** Whether what it has not got waits for the client while it is away. */
  readonly isKept: boolean;
  readonly store: SessionStore;
  readonly mayHear: (topic: string) => boolean;
  /** Called for each message that the client does not get because it reads too slowly. */
  readonly noteDropped: () => void;
}

/** What one client is to hear, as it is connected or, if the session is kept, until it is back. */
export class ClientSession {
  readonly id: string;
  readonly isKept: boolean;
  readonly #parts: ClientSessionParts;
  #client: Client | undefined;
  #socket: ClientSocket | undefined;
  /** Of a kept session: what has not been sent on this connection */
  #unsent: Outgoing[] = [];
  /** Waits until its socket has room. */
  #isHeldUp = false;
  /** The number of the last message that is sent without being kept */
  #passing = -1;
  #lastId = 0;

  constructor(parts: ClientSessionParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.isKept = parts.isKept;
  }

  get isAttached(): boolean {
    return this.#client !== undefined;
  }

  /** The client can be spoken to: first it gets what has waited. */
  attach(client: Client, socket: ClientSocket): void {
    this.#client = client;
    this.#socket = socket;
    this.#isHeldUp = false;
    if (!this.isKept) return;
    this.#unsent = [...this.#parts.store.outgoing.waiting(this.id)];
    this.#pump(socket);
  }

  detach(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#socket = undefined;
    this.#unsent = [];
  }

  /** Of a kept session: notes what is to be delivered. The entry, unless there is no room. */
  keep(message: Message, granted: number): Outgoing | undefined {
    const { topic, payload, number } = message;
    const { store } = this.#parts;
    const socket = this.#socket;
    const mayPass = socket && !socket.isFull && this.#unsent.length === 0;
    if (mayPass && store.outgoing.isFull(this.id)) {
      // It reads well and only its acknowledgements are behind.
      this.#passing = number;
      return undefined;
    }
    const origin = { brokerId: store.broker.id, brokerCounter: number };
    const qos = Math.min(message.qos, granted);
    const entry = store.outgoing.add(this.id, { cmd: "publish", ...origin, topic, payload, qos });
    if (entry && socket) this.#unsent.push(entry);
    return entry;
  }

  /** Takes back what was kept, unless it has been sent. */
  withdraw(entry: Outgoing): void {
    const at = this.#unsent.indexOf(entry);
    if (at < 0 && this.#socket) return;
    if (at >= 0) this.#unsent.splice(at, 1);
    this.#parts.store.outgoing.withdraw(this.id, entry);
  }

  /** Sends the message, or what has been kept. The socket, if it is worth waiting until it has room. */
  deliver(message: Message, granted: number): ClientSocket | undefined {
    const socket = this.#socket;
    if (!socket || !this.#parts.mayHear(message.topic)) return undefined;
    const qos = Math.min(message.qos, granted);
    if (qos === 0) this.#deliverPlain(message, socket);
    else if (this.isKept && this.#passing !== message.number) this.#pump(socket);
    else socket.write(message.frame.numbered(qos, this.#nextId()));
    return socket.wait === undefined ? undefined : socket;
  }

  /** To somebody who has just subscribed; a message that is retained is not kept beside. */
  deliverRetained(topic: string, payload: Uint8Array, qos: number): ClientSocket | undefined {
    const socket = this.#socket;
    if (!socket || !this.#parts.mayHear(topic)) return undefined;
    const frame = new PublishFrame({ topic, payload, isRetained: true });
    socket.write(qos === 0 ? frame.plain : frame.numbered(qos, this.#nextId()));
    return socket.wait === undefined ? undefined : socket;
  }

  #deliverPlain({ frame }: Message, socket: ClientSocket): void {
    if (socket.isSlow) this.#parts.noteDropped();
    else socket.write(frame.plain);
  }

  #pump(socket: ClientSocket): void {
    let sent = 0;
    for (const entry of this.#unsent) {
      if (socket.isFull) break;
      sent += 1;
      this.#send(entry, socket);
    }
    this.#unsent.splice(0, sent);
    if (this.#unsent.length === 0 || this.#isHeldUp) return;
    this.#isHeldUp = true;
    socket.whenRoom(() => {
      if (this.#socket !== socket) return;
      this.#isHeldUp = false;
      this.#pump(socket);
    });
  }

  #send(entry: Outgoing, socket: ClientSocket): void {
    const { cmd, topic = "", payload = "", qos = 0, messageId: former } = entry.packet;
    if (cmd === "pubrel") {
      socket.write(numberedPacket(PUBREL, former ?? 0));
      return;
    }
    const { store, mayHear } = this.#parts;
    if (!mayHear(topic)) {
      store.outgoing.withdraw(this.id, entry);
      return;
    }
    const messageId = former ?? this.#nextId();
    const isAgain = former !== undefined;
    if (!isAgain) store.outgoing.update(this.id, { ...entry.packet, messageId });
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    const frame = new PublishFrame({ topic, payload: bytes });
    const write = () => {
      if (this.#socket === socket) socket.write(frame.numbered(qos, messageId, isAgain));
    };
    // Under another number it would be another message to the client: the number comes first.
    if (qos < 2 || isAgain) write();
    else store.durable().then(write, () => {});
  }

  #nextId(): number {
    do this.#lastId = this.#lastId >= LAST_ID ? 1 : this.#lastId + 1;
    while (this.isKept && this.#parts.store.outgoing.isUnderWay(this.id, this.#lastId));
    return this.#lastId;
  }
}
