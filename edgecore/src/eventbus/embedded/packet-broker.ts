import type { Socket } from "node:net";
import type { Log } from "@mapperkit/runtime";
import {
  Aedes,
  type AedesPublishPacket,
  type Client,
  type ConnectPacket,
  type PublishPacket,
} from "aedes";
import type { BusMessage, BusTraffic } from "../bus-broker.ts";
import { isReserved } from "../reserved-topics.ts";
import type { ClientAccess } from "./access/client-access.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { ClientSockets } from "./wire/client-sockets.ts";
import { DeliveredOnce } from "./wire/delivered-once.ts";

export interface PacketBrokerParts {
  readonly store: SessionStore;
  readonly access: ClientAccess;
  readonly sockets: ClientSockets;
  readonly subscriptions: Subscriptions;
  readonly traffic: BusTraffic;
  readonly log: Log;
}

type Done = (error?: Error | null) => void;
/** What aedes has and does not declare. */
type Inside = Aedes & {
  readonly mq: { emit(message: object, done?: (error?: Error) => void): unknown };
  readonly clients: Readonly<Record<string, Client | undefined>>;
  counter: number;
};

/** CONNACK "unsupported protocol version" in the form of MQTT 5, so that its clients understand. */
const NO_MQTT_5 = Buffer.of(0x20, 3, 0, 0x84, 0);

/** The broker's library (aedes), with the edge's rules: who may say what, and when it is acknowledged. */
export class PacketBroker {
  readonly #parts: PacketBrokerParts;
  readonly #log: Log;
  readonly #aedes: Inside;
  readonly #once: DeliveredOnce;
  #isDropTold = false;
  #dropped = 0;

  constructor(parts: PacketBrokerParts) {
    this.#parts = parts;
    this.#log = parts.log;
    this.#aedes = new Aedes({
      // Without a limit: one subscriber that does not read would else stop the whole broker.
      concurrency: 0,
      persistence: parts.store,
      preConnect: (client, packet, done) => this.#greet(client, packet, done),
      authenticate: (client, name, password, done) => {
        const { access } = parts;
        access.admit(client, name, password).then(
          (refusal) => (refusal ? done(refusal, null) : done(null, true)),
          (error) => done(error, null),
        );
      },
      authorizePublish: (client, packet, done) => this.#authorize(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => {
        const isAllowed = parts.access.maySubscribe(client.id, subscription.topic);
        if (isAllowed) parts.subscriptions.add(client.id, subscription.topic);
        done(null, isAllowed ? subscription : null);
      },
      authorizeForward: (client, packet) => this.#forward(client, packet),
    }) as Inside;
    this.#once = new DeliveredOnce(this.#aedes.id, this.#aedes.mq);
    this.#listenTo(this.#aedes);
  }

  get connected(): number {
    return this.#aedes.connectedClients;
  }

  /** Messages that a slow subscriber did not get, at QoS 0. */
  get dropped(): number {
    return this.#dropped;
  }

  async start(): Promise<void> {
    await this.#aedes.listen();
    await this.#speakOldWills();
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
    await this.#parts.store.destroy();
  }

  serve(socket: Socket): void {
    this.#parts.sockets.add(socket);
    this.#aedes.handle(socket);
  }

  publish({ topic, payload, retain }: BusMessage): void {
    const packet = { cmd: "publish", topic, payload, qos: 1, retain, dup: false } as const;
    if (this.#aedes.closed) return;
    this.#aedes.publish(packet, (error) => {
      if (error) this.#log.warn("publish failed", { topic, error: error.message });
    });
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
      client.conn.write(NO_MQTT_5);
      setImmediate(() => client.conn.destroy());
      done(null, false);
      return;
    }
    Object.assign(client, { duplicates: this.#once.marks() });
    this.#parts.access.noteWill(client, packet);
    done(null, true);
  }

  /**
   * The broker acknowledges a publish when `done` is called, so the acknowledgement of a twin update
   * waits for the disk. Hundreds of one client wait at once; commits take them together.
   */
  #authorize(client: Client | null, packet: PublishPacket, done: Done): void {
    const { topic } = packet;
    const isForeign = client !== null && !this.#parts.access.mayPublish(client.id, topic);
    if (isForeign || isReserved(topic)) {
      const reason = isForeign ? "not one of the user's devices" : "the topic is the edge's own";
      this.#log.warn("MQTT publish refused", { client: client?.id, topic, reason });
      divert(packet, this.#aedes.id);
      done(null);
      return;
    }
    const bytes = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    this.#parts.traffic.receive(topic, bytes, (failure) => {
      // Without an acknowledgement to hold back there is nothing to gain by an end of the connection.
      if (failure && packet.qos > 0) afterAnswers(() => done(failure));
      else this.#keepFirst(packet, done);
    });
  }

  /**
   * What has to outlive the edge is written before it is acknowledged. The broker would write it
   * after; it finds it there, by the number that the packet is given here.
   */
  #keepFirst(packet: PublishPacket, done: Done): void {
    const { store } = this.#parts;
    const isKept = packet.qos > 0 && (packet.retain || store.hasSubscribers(packet.topic));
    if (!isKept) {
      done(null);
      return;
    }
    this.#aedes.counter += 1;
    const origin = { brokerId: this.#aedes.id, brokerCounter: this.#aedes.counter };
    const numbered = Object.assign(packet, origin);
    const writing = async () => {
      if (packet.retain) await store.storeRetained(numbered);
      await store.outgoingEnqueueCombi(await store.subscriptionsByTopic(packet.topic), numbered);
      await store.written();
    };
    writing().then(() => done(null), done);
  }

  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const { access, sockets } = this.#parts;
    if (!access.mayHear(client.id, packet.topic)) return null;
    if (packet.qos > 0 || !sockets.isSlow(client.conn)) return packet;
    this.#dropped += 1;
    if (!this.#isDropTold)
      this.#log.warn("MQTT client too slow, messages of QoS 0 dropped", { client: client.id });
    this.#isDropTold = true;
    return null;
  }

  /** Whose connection the edge's own end has cut has died like others. */
  async #speakOldWills(): Promise<void> {
    const { store, traffic } = this.#parts;
    for await (const { clientId, topic, payload, qos, retain } of store.streamWill()) {
      const body = Buffer.from(payload);
      await new Promise<void>((resolve) => traffic.receive(topic, body, () => resolve()));
      const will = { cmd: "publish", topic, payload: body, qos, retain, dup: false } as const;
      await new Promise<void>((resolve) => this.#aedes.publish(will, () => resolve()));
      await store.delWill({ id: clientId });
    }
  }

  #listenTo(aedes: Aedes): void {
    const { subscriptions, access } = this.#parts;
    aedes.on("unsubscribe", (filters, client) => {
      for (const filter of filters) subscriptions.remove(client.id, filter);
    });
    aedes.on("clientDisconnect", (client) => {
      if (client.clean) access.forget(client.id);
    });
    const note = (client: Client, error: Error & { code?: unknown }) => {
      const facts = { client: client.id, error: error.message };
      // A connection that broke is everyday; what a client did wrong is worth a line.
      if (error.code === undefined) this.#log.warn("MQTT client cut off", facts);
      else this.#log.debug("MQTT connection broke", facts);
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

/**
 * Acknowledged and heard by nobody, as mosquitto does with what its ACL forbids; an error would cut
 * the client off, and it would come back and try again for ever.
 */
function divert(packet: PublishPacket, broker: string): void {
  packet.topic = `$SYS/${broker}/refused`;
  packet.payload = Buffer.alloc(0);
  packet.retain = false;
}

/** An error ends the connection: what has been said to the client is written before. */
function afterAnswers(work: () => void, turns = 3): void {
  setImmediate(turns > 0 ? () => afterAnswers(work, turns - 1) : work);
}
