import type { Log } from "@mapperkit/runtime";
import type { Client, PublishPacket } from "aedes";
import type { EdgeMetrics } from "../../../monitoring/edge-metrics.ts";
import type { BusTraffic } from "../../bus-broker.ts";
import { isReserved } from "../../reserved-topics.ts";
import type { ClientAccess } from "../access/client-access.ts";
import { type Message, newMessage } from "../routing/message.ts";
import type { MessageRouter } from "../routing/message-router.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { ClientSocket } from "../wire/client-socket.ts";
import { numberedPacket, PUBACK, PUBREC } from "../wire/numbered-packet.ts";
import { InOrder } from "./in-order.ts";

/** Messages of QoS 2 that a client may have begun and not ended */
const MAX_HELD = 1_000;

export interface PublishIntakeParts {
  readonly store: SessionStore;
  readonly router: MessageRouter;
  readonly access: ClientAccess;
  readonly traffic: BusTraffic;
  readonly metrics: EdgeMetrics;
  readonly log: Log;
}

/** One connection of a client. */
export interface Sender {
  readonly client: Client;
  readonly socket: ClientSocket;
  /** Who has asked comes first to be kept, and then first to be answered. */
  readonly arrivals: InOrder;
  readonly answers: InOrder;
  isRefusalTold: boolean;
}

export function newSender(client: Client, socket: ClientSocket): Sender {
  const orders = { arrivals: new InOrder(), answers: new InOrder() };
  return { client, socket, ...orders, isRefusalTold: false };
}

type Work = (next: () => void) => void;
interface Turn {
  readonly arrived: (work: Work) => void;
  readonly answered: (work: Work) => void;
  readonly tell: Work;
  readonly fail: (error: Error) => Work;
}
type Done = (error?: Error | null) => void;
type Facts = Pick<PublishPacket, "topic" | "payload" | "retain"> & { readonly qos: number };

/**
 * What clients publish, from its arrival to its acknowledgement: devicetwin has dealt with it, what
 * waits for clients that are away is on the disk, those who are here have got it; in the order in
 * which the client sent it.
 */
export class PublishIntake {
  readonly #parts: PublishIntakeParts;
  #lastNumber = 0;

  constructor(parts: PublishIntakeParts) {
    this.#parts = parts;
  }

  /**
   * Calls `done` when the packet is dealt with and its sender told. With an error the sender was not:
   * the connection is to be ended, and the sender says it again on another one.
   */
  take(sender: Sender, packet: PublishPacket, done: Done): void {
    const turn = {
      arrived: sender.arrivals.begin(),
      answered: sender.answers.begin(),
      tell: (next: () => void) => {
        acknowledge(sender, packet);
        done(null);
        next();
      },
      fail: (error: Error) => (next: () => void) => {
        done(error);
        next();
      },
    };
    const isRefused = this.#isRefused(sender, packet);
    if (isRefused || this.#isHeld(sender, packet)) {
      end(turn, turn.tell);
    } else if (this.#holdsTooMuch(sender, packet)) {
      end(turn, turn.fail(new Error(`more than ${MAX_HELD} messages of QoS 2 without PUBREL`)));
    } else {
      this.#parts.traffic.receive(packet.topic, bytesOf(packet), (failure) => {
        // Without an acknowledgement to hold back there is nothing to gain by an end of the connection.
        if (!failure || packet.qos === 0) this.#pass(sender, packet, turn);
        else end(turn, (next) => afterAnswers(() => turn.fail(failure)(next)));
      });
    }
  }

  #pass(sender: Sender, packet: PublishPacket, { arrived, answered, tell, fail }: Turn): void {
    const message = this.#number(packet);
    const deliver = (next: () => void) => {
      this.#parts.router.deliver(message, () => tell(next));
    };
    arrived((next) => {
      const written = this.#keep(packet, message, sender);
      next();
      if (!written) return answered(deliver);
      written.then(
        () => answered(deliver),
        (error: Error) => answered(fail(error)),
      );
    });
  }

  /** What the edge itself says: nobody waits for it to be written. */
  say(facts: Facts): void {
    const message = this.#number(facts);
    this.#keep(facts, message)?.catch(() => {});
    this.#parts.router.deliver(message, () => {});
  }

  #number(facts: Facts): Message {
    this.#lastNumber += 1;
    const { topic, qos } = facts;
    return newMessage({ topic, payload: bytesOf(facts), qos, number: this.#lastNumber });
  }

  /** Resolves when what has to outlive the edge is on the disk; `undefined` when nothing has to. */
  #keep(facts: Facts, message: Message, sender?: Sender): Promise<void> | undefined {
    const { store, router } = this.#parts;
    const { topic, payload, qos, number: brokerCounter } = message;
    if (facts.retain) {
      const origin = { brokerId: store.broker.id, brokerCounter };
      void store.storeRetained({ cmd: "publish", topic, payload, qos, retain: true, ...origin });
    }
    const takeBack = router.keep(message);
    const messageId = qos === 2 ? (facts as PublishPacket).messageId : undefined;
    const id = sender?.client.id ?? "";
    if (messageId !== undefined)
      store.holdIncoming(id, { ...(facts as object), ...held(messageId) });
    const isWaitedFor = qos > 0 && (facts.retain || takeBack || messageId !== undefined);
    if (!isWaitedFor) return undefined;
    return store.durable().catch((error: unknown) => {
      takeBack?.();
      if (messageId !== undefined) store.releaseIncoming(id, messageId);
      throw error;
    });
  }

  /** It has been acknowledged, and the client has not heard of it. */
  #isHeld({ client }: Sender, { qos, messageId }: PublishPacket): boolean {
    if (qos < 2 || messageId === undefined) return false;
    return this.#parts.store.hasIncoming(client.id, messageId);
  }

  #holdsTooMuch({ client }: Sender, { qos }: PublishPacket): boolean {
    return qos === 2 && this.#parts.store.incomingOf(client.id) >= MAX_HELD;
  }

  /**
   * What is refused is acknowledged and heard by nobody, as mosquitto does with what its ACL forbids;
   * an error would cut the client off, and it would come back and try again for ever.
   */
  #isRefused(sender: Sender, { topic }: PublishPacket): boolean {
    const { access, metrics, log } = this.#parts;
    const { client } = sender;
    const isForeign = !access.mayPublish(client.id, topic);
    if (!isForeign && !isReserved(topic)) return false;
    const reason = isForeign ? "not one of the user's devices" : "the topic is the edge's own";
    metrics.count(
      "mapperkit_edge_mqtt_refused_total",
      isForeign ? "acl_publish" : "reserved_topic",
    );
    // Who does it once does it all the time; the rest is counted.
    const level = sender.isRefusalTold ? "debug" : "warn";
    log[level]("MQTT publish refused", { client: client.id, topic, reason });
    sender.isRefusalTold = true;
    return true;
  }
}

function end({ arrived, answered }: Turn, work: Work): void {
  arrived((next) => next());
  answered(work);
}

/** Only that it came, not what it said: that has been delivered. */
function held(messageId: number) {
  return { cmd: "publish", payload: Buffer.alloc(0), messageId };
}

/** The library is left nothing to acknowledge. */
function acknowledge({ socket }: Sender, packet: PublishPacket): void {
  const { qos, messageId } = packet;
  if (qos > 0 && messageId !== undefined) {
    socket.write(numberedPacket(qos === 1 ? PUBACK : PUBREC, messageId));
  }
  packet.qos = 0;
}

function bytesOf({ payload }: Pick<PublishPacket, "payload">): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

/** An error ends the connection: what has been said to the client is written before. */
function afterAnswers(work: () => void, turns = 3): void {
  setImmediate(turns > 0 ? () => afterAnswers(work, turns - 1) : work);
}
