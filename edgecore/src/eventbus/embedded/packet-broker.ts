import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { Log } from "@mapperkit/runtime";
import { Aedes, type Client, type ConnectPacket, type PublishPacket } from "aedes";
import type { EdgeMetrics } from "../../monitoring/edge-metrics.ts";
import type { BusMessage, BusTraffic } from "../bus-broker.ts";
import type { ClientAccess } from "./access/client-access.ts";
import { cutOffReason } from "./cut-off-reason.ts";
import { newSender, PublishIntake, type Sender } from "./incoming/publish-intake.ts";
import { MessageRouter } from "./routing/message-router.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import { linkClient } from "./wire/client-link.ts";
import type { ClientSockets } from "./wire/client-sockets.ts";

export interface PacketBrokerParts {
  readonly store: SessionStore;
  readonly access: ClientAccess;
  readonly sockets: ClientSockets;
  readonly traffic: BusTraffic;
  readonly metrics: EdgeMetrics;
  readonly log: Log;
}

type Done = (error?: Error | null) => void;
type Publish = (packet: PublishPacket, client: Client | null, done: Done) => void;

/** CONNACK "unsupported protocol version" in the form of MQTT 5, so that its clients understand. */
const NO_MQTT_5 = Buffer.of(0x20, 3, 0, 0x84, 0);

/**
 * The broker's library (aedes) keeps the connections and their protocol; who may say what, who hears
 * it, and when it is acknowledged, is the edge's.
 */
export class PacketBroker {
  readonly #parts: PacketBrokerParts;
  readonly #log: Log;
  readonly #aedes: Aedes;
  readonly #router: MessageRouter;
  readonly #intake: PublishIntake;
  readonly #senders = new WeakMap<Client, Sender>();
  /** What has been dealt with before the library wants to publish it. */
  readonly #dealtWith = new WeakSet<object>();

  constructor(parts: PacketBrokerParts) {
    const { store, access, metrics, log } = parts;
    this.#parts = parts;
    this.#log = log;
    this.#router = new MessageRouter({
      store,
      mayHear: (clientId, topic) => access.mayHear(clientId, topic),
      noteDropped: (clientId) => this.#noteDropped(clientId),
    });
    this.#intake = new PublishIntake({ ...parts, router: this.#router });
    this.#aedes = new Aedes({
      concurrency: 0,
      // What waits for a client is sent by its session.
      persistence: Object.assign(store, { outgoingStream: () => Readable.from([]) }),
      preConnect: (client, packet, done) => this.#greet(client, packet, done),
      authenticate: (client, name, password, done) => {
        const admit = async () => {
          const refusal = await access.admit(client, name, password);
          if (refusal) throw refusal;
          this.#router.welcome(client);
        };
        admit().then(
          () => done(null, true),
          (error) => done(error, null),
        );
      },
      authorizePublish: (client, packet, done) => this.#take(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => {
        const { topic, qos } = subscription;
        const isAllowed = access.maySubscribe(client.id, topic);
        if (isAllowed) this.#router.subscribe(client, topic, qos);
        else metrics.count("mapperkit_edge_mqtt_refused_total", "acl_subscribe");
        done(null, isAllowed ? subscription : null);
      },
    });
    this.#takeOver(this.#aedes);
    this.#listenTo(this.#aedes);
  }

  get connected(): number {
    return this.#aedes.connectedClients;
  }

  hasListeners(topic: string): boolean {
    return this.#router.hasListeners(topic);
  }

  wantsBeside(topic: string, other: string): boolean {
    return this.#router.wantsBeside(topic, other);
  }

  async start(): Promise<void> {
    await this.#aedes.listen();
    this.#router.restore();
    await this.#speakOldWills();
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await this.#parts.store.destroy();
  }

  serve(socket: Socket): void {
    const { sockets, metrics, store } = this.#parts;
    const clientSocket = sockets.add(socket);
    const client = this.#aedes.handle(socket);
    const sender = newSender(client, clientSocket);
    this.#senders.set(client, sender);
    linkClient(client, socket, {
      maxPacketBytes: sockets.limits.maxPacketBytes,
      slowed: () => metrics.count("mapperkit_edge_mqtt_slowed_total"),
      publish: (packet, done) => this.#intake.take(sender, packet, done),
      acknowledged: (messageId) => store.outgoing.clear(client.id, messageId),
      deliverRetained: (packet, done) => this.#router.deliverRetained(client, packet, done),
    });
    socket.on("close", () => this.#router.gone(client));
  }

  /** At QoS 1 */
  publish({ topic, payload, retain }: BusMessage): void {
    if (!this.#aedes.closed) this.#intake.say({ topic, payload, retain, qos: 1 });
  }

  #greet(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, isWelcome: boolean) => void,
  ): void {
    if (packet.protocolVersion === 5) {
      const address = (client.conn as Socket).remoteAddress;
      this.#log.warn("MQTT 5 client refused, this broker speaks 3.1 and 3.1.1", {
        client: packet.clientId,
        address,
      });
      this.#parts.metrics.count("mapperkit_edge_mqtt_refused_total", "mqtt_5");
      client.conn.write(NO_MQTT_5);
      setImmediate(() => client.conn.destroy());
      done(null, false);
      return;
    }
    this.#parts.access.noteWill(client, packet);
    done(null, true);
  }

  /** The library would acknowledge a packet, and then publish it: both is done when this is. */
  #take(client: Client | null, packet: PublishPacket, done: Done): void {
    const sender = client && this.#senders.get(client);
    if (sender) {
      this.#dealtWith.add(packet);
      this.#intake.take(sender, packet, done);
    } else {
      done(new Error("a message of nobody"));
    }
  }

  /** What the library says itself (`$SYS/…`) concerns it, and clients who ask for it. */
  #takeOver(aedes: Aedes): void {
    const publish = aedes.publish.bind(aedes) as unknown as Publish;
    const ownPublish = (packet: PublishPacket, client: Client | Done | null, done?: Done) => {
      const then = typeof client === "function" ? client : (done ?? (() => {}));
      if (this.#dealtWith.delete(packet)) return then(null);
      if (this.#router.hasListeners(packet.topic)) {
        this.#intake.say({ ...packet, retain: false, qos: 0 });
      }
      publish(packet, null, then);
    };
    const routed = (_filter: string, _deliver: unknown, done?: () => void) => {
      if (done) setImmediate(done);
    };
    Object.assign(aedes, { publish: ownPublish, subscribe: routed, unsubscribe: routed });
  }

  /** Whose connection the edge's own end has cut has died like others. */
  async #speakOldWills(): Promise<void> {
    const { store, traffic } = this.#parts;
    for await (const { clientId, topic, payload, qos = 0, retain = false } of store.streamWill()) {
      const body = Buffer.from(payload);
      await new Promise<void>((resolve) => traffic.receive(topic, body, () => resolve()));
      this.#intake.say({ topic, payload: body, qos, retain });
      await store.delWill({ id: clientId });
    }
  }

  #noteDropped(client: string): void {
    const { metrics, log } = this.#parts;
    metrics.count("mapperkit_edge_mqtt_dropped_total", "slow_subscriber");
    log.debug("MQTT client too slow, a message of QoS 0 dropped", { client });
  }

  #listenTo(aedes: Aedes): void {
    const { access, metrics } = this.#parts;
    aedes.on("clientReady", (client) => {
      const sender = this.#senders.get(client);
      if (sender) this.#router.ready(client, sender.socket);
    });
    aedes.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#router.unsubscribe(client, filter);
    });
    aedes.on("clientDisconnect", (client) => {
      if (client.clean) access.forget(client.id);
    });
    const note = (client: Client, error: Error & { code?: unknown }) => {
      const facts = { client: client.id, error: error.message };
      // A connection that broke is everyday; what a client did wrong is worth a line.
      if (error.code !== undefined) {
        this.#log.debug("MQTT connection broke", facts);
        return;
      }
      metrics.count("mapperkit_edge_mqtt_cut_off_total", cutOffReason(error));
      this.#log.warn("MQTT client cut off", facts);
    };
    aedes.on("clientError", note);
    aedes.on("connectionError", note);
    aedes.on(
      "error" as "closed",
      ((error: Error) => {
        this.#log.error("MQTT broker failed to handle a message", { error: error.message });
      }) as () => void,
    );
  }
}
