import type { Server, Socket } from "node:net";
import type { Clock, Log } from "@mapperkit/runtime";
import { type ClientLimits, ClientSocket } from "./client-socket.ts";

/** Twice as long is the longest that a publisher waits for a subscriber that has stopped reading. */
const LOOK_MS = 250;

/** The sockets of the broker's clients, and how much of the edge each may take. */
export class ClientSockets {
  readonly #limits: ClientLimits & { readonly maxConnections: number };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #open = new Map<object, ClientSocket>();
  /** Who was waited for at the last look, and which wait it was. */
  #waitedFor = new Map<ClientSocket, number>();
  #stopLooking: (() => void) | undefined;
  #refused = 0;

  constructor(parts: {
    limits: ClientLimits & { readonly maxConnections: number };
    clock: Clock;
    log: Log;
  }) {
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** How many connections were refused because there were too many. */
  get refused(): number {
    return this.#refused;
  }

  watch(server: Server): void {
    const { maxConnections } = this.#limits;
    server.maxConnections = maxConnections;
    server.on("drop", () => {
      this.#refused += 1;
      if (this.#refused === 1) this.#log.warn("MQTT connections refused", { maxConnections });
    });
    this.#stopLooking = this.#clock.every(LOOK_MS, () => this.#look());
  }

  add(socket: Socket): void {
    this.#open.set(socket, new ClientSocket(socket, this.#limits));
    socket.on("close", () => this.#open.delete(socket));
  }

  isSlow(socket: object): boolean {
    return this.#open.get(socket)?.isSlow ?? false;
  }

  stop(): void {
    this.#stopLooking?.();
    for (const socket of this.#open.keys()) (socket as Socket).destroy();
  }

  /** Whoever is waited for from one look to the next without a pause has stopped reading. */
  #look(): void {
    const before = this.#waitedFor;
    this.#waitedFor = new Map();
    for (const client of this.#open.values()) {
      const { wait } = client;
      if (wait === undefined) continue;
      if (before.get(client) === wait) client.giveUpWaiting();
      else this.#waitedFor.set(client, wait);
    }
  }
}
