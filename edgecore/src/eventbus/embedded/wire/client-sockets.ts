import type { Server, Socket } from "node:net";
import type { Clock, Log } from "@mapperkit/runtime";
import { ClientSocket } from "./client-socket.ts";

/** Twice as long is the longest that a publisher waits for a subscriber that has stopped reading. */
const LOOK_MS = 250;

export interface SocketLimits {
  readonly maxConnections: number;
  readonly maxPacketBytes: number;
  /** What may wait for a client that does not read; above this it is cut off. */
  readonly maxUnreadBytes: number;
}

/** The sockets of the broker's clients, and how much of the edge each may take. */
export class ClientSockets {
  readonly limits: SocketLimits;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #noteRefused: () => void;
  readonly #open = new Map<Socket, ClientSocket>();
  /** Who was waited for at the last look, and which wait it was. */
  #waitedFor = new Map<ClientSocket, number>();
  #stopLooking: (() => void) | undefined;
  #isRefusalTold = false;

  /** @param parts.refused called for each connection that is one too many */
  constructor(parts: { limits: SocketLimits; clock: Clock; log: Log; refused: () => void }) {
    this.limits = parts.limits;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#noteRefused = parts.refused;
  }

  watch(server: Server): void {
    const { maxConnections } = this.limits;
    server.maxConnections = maxConnections;
    server.on("drop", () => {
      this.#noteRefused();
      if (!this.#isRefusalTold) this.#log.warn("MQTT connections refused", { maxConnections });
      this.#isRefusalTold = true;
    });
    this.#stopLooking = this.#clock.every(LOOK_MS, () => this.#look());
  }

  add(socket: Socket): ClientSocket {
    const client = new ClientSocket(socket, this.limits.maxUnreadBytes);
    this.#open.set(socket, client);
    socket.on("close", () => this.#open.delete(socket));
    return client;
  }

  stop(): void {
    this.#stopLooking?.();
    for (const socket of this.#open.keys()) socket.destroy();
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
