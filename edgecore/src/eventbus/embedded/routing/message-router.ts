import type { Client } from "aedes";
import type { Outgoing } from "../sessions/outgoing-queue.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { ClientSocket } from "../wire/client-socket.ts";
import { ClientSession } from "./client-session.ts";
import type { Message } from "./message.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface MessageRouterParts {
  readonly store: SessionStore;
  readonly mayHear: (clientId: string, topic: string) => boolean;
  /** Called for each message that a client does not get because it reads too slowly. */
  readonly noteDropped: (clientId: string) => void;
}

/** Brings each message to those who subscribe to it, in the turn of the event loop in which it comes. */
export class MessageRouter {
  readonly #parts: MessageRouterParts;
  readonly #subscriptions = new Subscriptions<ClientSession>();
  readonly #kept = new Map<string, ClientSession>();
  readonly #passing = new WeakMap<Client, ClientSession>();

  constructor(parts: MessageRouterParts) {
    this.#parts = parts;
  }

  /** The sessions of clients that are away, as the store has them. */
  restore(): void {
    for (const { clientId, topic, qos } of this.#parts.store.subscriptions) {
      this.#subscriptions.add(this.#keptSession(clientId), topic, qos);
    }
  }

  subscribe(client: Client, filter: string, qos: number): void {
    // A connection that ended in between has been cleared away already.
    if (!client.closed) this.#subscriptions.add(this.#sessionOf(client), filter, qos);
  }

  unsubscribe(client: Client, filter: string): void {
    this.#subscriptions.remove(this.#sessionOf(client), filter);
  }

  /** Whoever comes with a clean session leaves none of what was before. */
  welcome(client: Client): void {
    const former = this.#kept.get(client.id);
    if (!client.clean || !former) return;
    this.#subscriptions.drop(former);
    this.#kept.delete(client.id);
  }

  ready(client: Client, socket: ClientSocket): void {
    this.#sessionOf(client).attach(client, socket);
  }

  gone(client: Client): void {
    const session = client.clean ? this.#passing.get(client) : this.#kept.get(client.id);
    if (!session) return;
    session.detach(client);
    if (!session.isKept) {
      this.#subscriptions.drop(session);
      return;
    }
    const isEmpty = this.#parts.store.outgoing.waiting(session.id).length === 0;
    const isOver = isEmpty && !session.isAttached && !this.#subscriptions.has(session);
    if (isOver) this.#kept.delete(session.id);
  }

  hasListeners(topic: string): boolean {
    return this.#subscriptions.listenersTo(topic).length > 0;
  }

  wantsBeside(topic: string, other: string): boolean {
    return this.#subscriptions.wantsBeside(topic, other);
  }

  /** Notes the message for the sessions that are kept; calling back the result takes it back. */
  keep(message: Message): (() => void) | undefined {
    if (message.qos === 0) return undefined;
    const entries: { session: ClientSession; entry: Outgoing }[] = [];
    for (const { subscriber: session, qos } of this.#subscriptions.listenersTo(message.topic)) {
      if (qos === 0 || !session.isKept) continue;
      const entry = session.keep(message, qos);
      if (entry) entries.push({ session, entry });
    }
    if (entries.length === 0) return undefined;
    return () => {
      for (const { session, entry } of entries) session.withdraw(entry);
    };
  }

  /** Calls back when none of those who got the message is worth waiting for. */
  deliver(message: Message, done: () => void): void {
    let waits = 0;
    let isDone = false;
    const go = () => {
      waits -= 1;
      if (waits === 0 && isDone) done();
    };
    for (const { subscriber, qos } of this.#subscriptions.listenersTo(message.topic)) {
      const socket = subscriber.deliver(message, qos);
      if (!socket) continue;
      waits += 1;
      socket.whenRoom(go);
    }
    isDone = true;
    if (waits === 0) done();
  }

  /** Calls back when more may follow. */
  deliverRetained(
    client: Client,
    { topic, payload, qos }: { topic: string; payload: Uint8Array; qos: number },
    done: () => void,
  ): void {
    const session = this.#sessionOf(client);
    const listeners = this.#subscriptions.listenersTo(topic);
    const granted = listeners.find(({ subscriber }) => subscriber === session)?.qos ?? 0;
    const socket = session.deliverRetained(topic, payload, Math.min(qos, granted));
    if (socket) socket.whenRoom(done);
    else done();
  }

  #sessionOf(client: Client): ClientSession {
    if (!client.clean) return this.#keptSession(client.id);
    const session = this.#passing.get(client) ?? this.#newSession(client.id, false);
    this.#passing.set(client, session);
    return session;
  }

  #keptSession(id: string): ClientSession {
    const session = this.#kept.get(id) ?? this.#newSession(id, true);
    this.#kept.set(id, session);
    return session;
  }

  #newSession(id: string, isKept: boolean): ClientSession {
    const { store, mayHear, noteDropped } = this.#parts;
    return new ClientSession({
      id,
      isKept,
      store,
      mayHear: (topic) => mayHear(id, topic),
      noteDropped: () => noteDropped(id),
    });
  }
}
