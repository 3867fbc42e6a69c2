import { createServer, type Server, type Socket } from "node:net";
import { announcementTopic, deviceTopic, membershipTopic } from "@mapperkit/api";
import { type Component, type Log, listen } from "@mapperkit/runtime";
import { Aedes, type Client, type PublishPacket } from "aedes";
import type { Publication } from "../devicetwin/publication.ts";
import type { PublicationQueue } from "./publication-queue.ts";
import { isReserved } from "./reserved-topics.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Who answers requests about devices: devicetwin. */
export interface DeviceRequests {
  /** Resolves when the request is durable, with what is to be said of it; never rejects. */
  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined;
}

export interface EventBusParts {
  readonly node: string;
  readonly host: string;
  /** 0 takes a free one */
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
  readonly requests: DeviceRequests;
  readonly publications: PublicationQueue;
  readonly log: Log;
}

/** KubeEdge publishes at QoS 1 (mqtt-topics §2.1); a subscriber may ask for less. */
const QOS = 1;

/** The embedded MQTT broker (3.1, 3.1.1) and the twin traffic on it. */
export class EventBus implements Component {
  readonly name = "eventbus";
  readonly #parts: EventBusParts;
  readonly #log: Log;
  readonly #subscriptions = new Subscriptions();
  readonly #sockets = new Set<Socket>();
  #broker: Aedes | undefined;
  #server: Server | undefined;
  #port = 0;
  #queued = 0;

  constructor(parts: EventBusParts) {
    this.#parts = parts;
    this.#log = parts.log;
  }

  /** The port on which the broker listens, once started. */
  get port(): number {
    return this.#port;
  }

  /** How many MQTT clients are connected. */
  get sessions(): number {
    return this.#broker?.connectedClients ?? 0;
  }

  /** How many messages wait for their turn in the broker. */
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
    const { host, port, whenPortTaken } = this.#parts;
    this.#port = await listen(server, { host, port, whenTaken: whenPortTaken });
    this.#parts.publications.drainTo((publications) => this.#send(publications));
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
    const answer = this.#parts.requests.handle(packet.topic, bytes);
    if (!answer) {
      done(null);
      return;
    }
    answer.then(
      (publications) => {
        done(null);
        this.#send(publications);
      },
      (error: unknown) => {
        this.#log.error("request not handled", { topic: packet.topic, error: String(error) });
        done(null);
      },
    );
  }

  #send(publications: readonly Publication[]): void {
    for (const publication of publications) {
      const payload = bodyOf(publication);
      const retain = publication.kind === "announcement";
      for (const topic of this.#topicsOf(publication)) {
        // Each in a turn of its own: behind the message that it answers, and never overtaken inside
        // the broker, which drops for a subscriber what has been overtaken.
        this.#queued += 1;
        setImmediate(() => this.#publish(topic, payload, retain));
      }
    }
  }

  #publish(topic: string, payload: Buffer, retain: boolean): void {
    this.#queued -= 1;
    const broker = this.#broker;
    if (!broker || broker.closed) return;
    broker.publish({ cmd: "publish", topic, payload, qos: QOS, retain, dup: false }, (error) => {
      if (error) this.#log.warn("publish failed", { topic, error: error.message });
    });
  }

  #topicsOf(publication: Publication): string[] {
    const { node } = this.#parts;
    switch (publication.kind) {
      case "reply":
        return [deviceTopic(publication.device, publication.action, publication.form)];
      case "notice": {
        const { device, action } = publication;
        const long = deviceTopic(device, action);
        const bare = deviceTopic(device, action, "bare");
        const isWanted = bare !== long && this.#subscriptions.wantsBeside(bare, long);
        return isWanted ? [long, bare] : [long];
      }
      case "membership":
        return [membershipTopic(node, publication.action)];
      case "announcement":
        return [announcementTopic(node, publication.device)];
    }
  }

  #note(client: Client, error: Error): void {
    this.#log.debug("MQTT client failed", { client: client.id, error: error.message });
  }
}

function bodyOf({ body }: Publication): Buffer {
  return body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
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
