import { createServer, type Server, type Socket } from "node:net";
import { type Log, listen } from "@mapperkit/runtime";
import { Aedes, type Client, type PublishPacket } from "aedes";
import type { BusBroker, BusMessage, BusTraffic } from "../bus-broker.ts";
import type { MqttSettings } from "../mqtt-settings.ts";
import { isReserved } from "../reserved-topics.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface EmbeddedBrokerParts {
  readonly settings: MqttSettings;
  readonly port: number;
  readonly traffic: BusTraffic;
  readonly log: Log;
}

/** The edge's own MQTT broker (3.1, 3.1.1). */
export class EmbeddedBroker implements BusBroker {
  readonly name = "embedded-broker";
  readonly #parts: EmbeddedBrokerParts;
  readonly #log: Log;
  readonly #subscriptions = new Subscriptions();
  readonly #sockets = new Set<Socket>();
  #broker: Aedes | undefined;
  #server: Server | undefined;
  #port = 0;
  #queued = 0;

  constructor(parts: EmbeddedBrokerParts) {
    this.#parts = parts;
    this.#log = parts.log;
  }

  /** The port on which the broker listens, once started. */
  get port(): number {
    return this.#port;
  }

  get sessions(): number {
    return this.#broker?.connectedClients ?? 0;
  }

  get queued(): number {
    return this.#queued;
  }

  /** @throws MapperkitError `invalid_input` when the port is taken. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const broker = new Aedes({
      authorizePublish: (client, packet, done) => this.#authorize(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => {
        this.#subscriptions.add(client.id, subscription.topic);
        done(null, subscription);
      },
    });
    this.#broker = broker;
    broker.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#subscriptions.remove(client.id, filter);
    });
    broker.on("clientError", (client, error) => this.#note(client, error));
    broker.on("connectionError", (client, error) => this.#note(client, error));
    await broker.listen();
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    const { settings, port } = this.#parts;
    const { host, whenPortTaken } = settings;
    this.#port = await listen(server, { host, port, whenTaken: whenPortTaken });
    this.#log.info("MQTT broker listens", { host, port: this.#port });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    const broker = this.#broker;
    this.#server = undefined;
    this.#broker = undefined;
    const closed = server?.listening
      ? new Promise<void>((resolve) => server.close(() => resolve()))
      : undefined;
    if (broker) await new Promise<void>((resolve) => broker.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  publish(message: BusMessage): void {
    // Each in a turn of its own: behind the message that it answers, and never overtaken inside
    // the broker, which drops for a subscriber what has been overtaken.
    this.#queued += 1;
    setImmediate(() => this.#publish(message));
  }

  wantsBeside(topic: string, other: string): boolean {
    return this.#subscriptions.wantsBeside(topic, other);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    if (this.#broker) this.#broker.handle(socket);
    else socket.destroy();
  }

  /**
   * The broker acknowledges a publish when `done` is called, so the acknowledgement of a twin update
   * waits for the disk. Hundreds of one client wait at once; commits take them together.
   */
  #authorize(
    client: Client | null,
    packet: PublishPacket,
    done: (error?: Error | null) => void,
  ): void {
    if (isReserved(packet.topic)) {
      this.#log.warn("publish refused, the topic is the edge's own", {
        client: client?.id,
        topic: packet.topic,
      });
      divert(packet, this.#broker?.id ?? "");
      done(null);
      return;
    }
    const { payload } = packet;
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    this.#parts.traffic.receive(packet.topic, bytes, (failure) => {
      // Without an acknowledgement to hold back there is nothing to gain by an end of the connection.
      done(packet.qos === 0 ? null : (failure ?? null));
    });
  }

  #publish({ topic, payload, retain }: BusMessage): void {
    this.#queued -= 1;
    const broker = this.#broker;
    if (!broker || broker.closed) return;
    broker.publish({ cmd: "publish", topic, payload, qos: 1, retain, dup: false }, (error) => {
      if (error) this.#log.warn("publish failed", { topic, error: error.message });
    });
  }

  #note(client: Client, error: Error): void {
    this.#log.debug("MQTT client failed", { client: client.id, error: error.message });
  }
}

/**
 * Acknowledged and heard by nobody, as mosquitto does with what its ACL forbids; an error would cut
 * the client off, and it would come back and try again for ever.
 */
function divert(packet: PublishPacket, broker: string): void {
  packet.topic = `$SYS/${broker}/refused`;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
}
