import type { Server } from "node:net";
import { type Clock, type Log, listen } from "@mapperkit/runtime";
import type { EdgeMetrics } from "../../monitoring/edge-metrics.ts";
import type { BusBroker, BusMessage, BusTraffic } from "../bus-broker.ts";
import { isReserved } from "../reserved-topics.ts";
import { ClientAccess } from "./access/client-access.ts";
import { checkExposure } from "./access/exposure.ts";
import { readUsers } from "./access/user-settings.ts";
import type { EmbeddedSettings } from "./embedded-settings.ts";
import { PacketBroker } from "./packet-broker.ts";
import { SessionStore } from "./sessions/session-store.ts";
import { SqliteSessionJournal } from "./sessions/sqlite-session-journal.ts";
import { ClientSockets } from "./wire/client-sockets.ts";
import { createListener } from "./wire/create-listener.ts";

export interface EmbeddedBrokerParts {
  readonly settings: EmbeddedSettings;
  readonly port: number;
  /** The folder for the sessions of clients */
  readonly dataDir: string;
  readonly durability: "full" | "normal";
  readonly traffic: BusTraffic;
  readonly metrics: EdgeMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** The edge's own MQTT broker (3.1, 3.1.1). */
export class EmbeddedBroker implements BusBroker {
  readonly name = "embedded-broker";
  readonly #parts: EmbeddedBrokerParts;
  readonly #log: Log;
  #sockets: ClientSockets | undefined;
  #broker: PacketBroker | undefined;
  #server: Server | undefined;
  #port = 0;

  constructor(parts: EmbeddedBrokerParts) {
    this.#parts = parts;
    this.#log = parts.log;
  }

  /** The port on which the broker listens, once started. */
  get port(): number {
    return this.#port;
  }

  get sessions(): number {
    return this.#broker?.connected ?? 0;
  }

  /** What the edge says goes out at once, or waits in the session of the one who is to hear it. */
  get queued(): number {
    return 0;
  }

  /** @throws MapperkitError `invalid_input` when a setting cannot be used or the port is taken. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { settings, port, clock, metrics } = this.#parts;
    const { host, tls, allowPlain, whenPortTaken, limits } = settings;
    const fromFile = settings.usersFile ? await readUsers(settings.usersFile) : [];
    const users = [...(settings.users ?? []), ...fromFile];
    checkExposure({ host, hasUsers: users.length > 0, hasTls: tls !== undefined, allowPlain });
    const refused = () => metrics.count("mapperkit_edge_mqtt_refused_total", "too_many");
    const sockets = new ClientSockets({ limits, clock, log: this.#log, refused });
    this.#sockets = sockets;
    const server = await createListener(tls, (socket) => this.#broker?.serve(socket));
    const access = new ClientAccess(users, { log: this.#log, metrics });
    const store = await this.#openStore(access);
    const { traffic } = this.#parts;
    const parts = { store, access, sockets, traffic, metrics, log: this.#log };
    this.#broker = new PacketBroker(parts);
    await this.#broker.start();
    this.#server = server;
    sockets.watch(server);
    this.#port = await listen(server, { host, port, whenTaken: whenPortTaken });
    this.#log.info("MQTT broker listens", { host, port: this.#port, tls: tls !== undefined });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    const closed = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    await this.#broker?.stop();
    this.#sockets?.stop();
    await closed;
  }

  publish(message: BusMessage): void {
    this.#broker?.publish(message);
  }

  /** All that clients say passes the edge anyway. */
  subscribe(): void {}

  unsubscribe(): void {}

  hasListeners(topic: string): boolean {
    return this.#broker?.hasListeners(topic) ?? false;
  }

  wantsBeside(topic: string, other: string): boolean {
    return this.#broker?.wantsBeside(topic, other) ?? false;
  }

  async #openStore(access: ClientAccess): Promise<SessionStore> {
    const { settings, dataDir, durability, metrics } = this.#parts;
    const { maxQueuedMessages, maxRetainedMessages } = settings.limits;
    return new SessionStore({
      journal: await SqliteSessionJournal.open(dataDir, { durability, log: this.#log }),
      maxQueued: maxQueuedMessages,
      maxRetained: maxRetainedMessages,
      mayHear: (clientId, topic) => access.mayHear(clientId, topic),
      // Devices are announced anew at each start; what was said of them before may not be true.
      isVolatile: isReserved,
      noteDropped: (reason) => metrics.count("mapperkit_edge_mqtt_dropped_total", reason),
      log: this.#log,
    });
  }
}
