import { announcementTopic, type DeviceId } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import type { IPublishPacket, MqttClient } from "mqtt";
import type { BusMessage, BusTraffic } from "../bus-broker.ts";

/** What clients may ask (mqtt-topics §2.2), in both forms of a device's topic. */
const REQUESTS = ["+", "+/+"].flatMap((device) =>
  ["twin/update", "twin/get", "state/update", "state/get"].map(
    (action) => `$hw/events/device/${device}/${action}`,
  ),
);
const MEMBERSHIP = "$hw/events/node/+/membership/get";

/** More requests than this wait for the disk at once: the broker is left waiting. */
const MAX_WAITING = 1_000;
/** More than this are on their way to a broker that does not acknowledge: newer ones are dropped. */
const MAX_UNACKNOWLEDGED = 10_000;

/** One connection to the external broker, once it is established. */
export class ExternalSession {
  readonly #client: MqttClient;
  readonly #traffic: BusTraffic;
  readonly #announcements: ReadonlyMap<string, Buffer>;
  readonly #announced: string;
  readonly #topics: { readonly filters: readonly string[] };
  readonly #log: Log;
  #waiting = 0;
  #resume: (() => void) | undefined;
  #unacknowledged = 0;
  #dropped = 0;

  constructor(
    client: MqttClient,
    parts: {
      node: string;
      traffic: BusTraffic;
      announcements: ReadonlyMap<string, Buffer>;
      topics: { readonly filters: readonly string[] };
      log: Log;
    },
  ) {
    this.#client = client;
    this.#traffic = parts.traffic;
    this.#announcements = parts.announcements;
    this.#announced = announcementTopic(parts.node, "" as DeviceId);
    this.#topics = parts.topics;
    this.#log = parts.log;
    if (client.connected) this.#begin();
    else client.once("connect", () => this.#begin());
  }

  /** How many messages of the edge the broker has not acknowledged. */
  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** At QoS 1. Not kept while there is no broker: what is state is told anew on connect. */
  publish({ topic, payload, retain }: BusMessage): void {
    if (!this.#client.connected) return;
    if (this.#unacknowledged >= MAX_UNACKNOWLEDGED) {
      this.#dropped += 1;
      if (this.#dropped === 1) this.#log.warn("MQTT broker too slow, messages dropped", { topic });
      return;
    }
    this.#unacknowledged += 1;
    this.#client.publish(topic, payload, { qos: 1, retain }, () => {
      this.#unacknowledged -= 1;
    });
  }

  /**
   * A message of the broker. The client library handles one at a time and acknowledges each when
   * `next` is called without an error; with one it goes on and leaves the acknowledgement to us.
   * So hundreds wait for one commit together.
   */
  take(packet: IPublishPacket, next: (error?: Error) => void): void {
    const { topic, messageId, qos } = packet;
    if (topic.startsWith(this.#announced)) {
      this.#correct(packet);
      next();
      return;
    }
    const { stream } = this.#client;
    this.#waiting += 1;
    let isDone = false;
    this.#traffic.receive(topic, Buffer.from(packet.payload), (failure) => {
      isDone = true;
      this.#waiting -= 1;
      this.#resume?.();
      // On a later connection the broker sends the message again, under another number.
      const isSame = this.#client.connected && this.#client.stream === stream;
      if (qos !== 1 || messageId === undefined || !isSame) return;
      // The broker sends again what was not acknowledged, once the edge is back.
      if (failure) stream.destroy(failure);
      else stream.write(pubackOf(messageId));
    });
    const goOn = () => next(qos === 0 ? undefined : new Error("acknowledged when it is durable"));
    if (isDone || this.#waiting < MAX_WAITING) goOn();
    else {
      this.#resume = () => {
        this.#resume = undefined;
        goOn();
      };
    }
  }

  /** Whoever had this node's name, or this edge before a new start, may have left devices behind. */
  #correct({ topic, payload, retain }: IPublishPacket): void {
    if (!retain || payload.length === 0 || this.#announcements.has(topic)) return;
    this.#log.info("stale announcement cleared", { topic });
    this.publish({ topic, payload: Buffer.alloc(0), retain: true });
  }

  /** Subscribed anew each time, although the broker may know: that makes it send what is retained. */
  #begin(): void {
    this.subscribe([...REQUESTS, MEMBERSHIP, `${this.#announced}#`, ...this.#topics.filters]);
    for (const [topic, payload] of this.#announcements) {
      this.publish({ topic, payload, retain: true });
    }
  }

  subscribe(filters: string[]): void {
    this.#client.subscribe(filters, { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => Number(qos) === 128).map(({ topic }) => topic);
      if (!error && !refused?.length) return;
      this.#log.error("the MQTT broker does not let the edge listen", {
        ...(error && { error: error.message }),
        ...(refused?.length && { filters: refused }),
      });
    });
  }

  unsubscribe(filter: string): void {
    this.#client.unsubscribe(filter);
  }
}

function pubackOf(messageId: number): Buffer {
  return Buffer.of(0x40, 2, messageId >> 8, messageId & 0xff);
}
