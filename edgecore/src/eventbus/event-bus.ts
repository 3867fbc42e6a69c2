import {
  announcementTopic,
  type DeviceAction,
  type DeviceId,
  deviceTopic,
  membershipTopic,
} from "@mapperkit/api";
import { type Component, ComponentGroup, type Log } from "@mapperkit/runtime";
import type { Publication, TwinAudience } from "../devicetwin/publication.ts";
import type { BusBroker, BusMessage, BusTraffic } from "./bus-broker.ts";
import type { PublicationQueue } from "./publication-queue.ts";
import { CloudOrders, type OrderedBus } from "./user/cloud-orders.ts";
import type { CloudUploads } from "./user/cloud-uploads.ts";
import type { RuleOutbox } from "./user/rule-outbox.ts";
import type { RuleTopics } from "./user/rule-topics.ts";

/** Who answers requests about devices: devicetwin. */
export interface DeviceRequests {
  /** Resolves when the request is durable, with what is to be said of it; never rejects. */
  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined;
}

export interface EventBusParts {
  readonly node: string;
  readonly requests: DeviceRequests;
  readonly publications: PublicationQueue;
  /** The retained announcements as they stand, by topic; kept by the eventbus for its brokers. */
  readonly announcements: Map<string, Buffer>;
  readonly topics: RuleTopics;
  readonly uploads: CloudUploads;
  /** Absent: messages for rules go up as all others do, unstored. */
  readonly outbox?: RuleOutbox;
  /** Made for this traffic; two say the same, and mappers are sent to the first. */
  readonly makeBrokers: (traffic: BusTraffic) => readonly BusBroker[];
  readonly log: Log;
}

/** The twin traffic on MQTT: requests of clients in, answers and news of devices out. */
export class EventBus implements Component, BusTraffic, OrderedBus, TwinAudience {
  readonly name = "eventbus";
  /** What rules in the cloud ask of this node */
  readonly orders: CloudOrders;
  readonly #parts: EventBusParts;
  readonly #brokers: readonly BusBroker[];
  readonly #group: ComponentGroup;

  constructor(parts: EventBusParts) {
    this.#parts = parts;
    this.#brokers = parts.makeBrokers(this);
    this.orders = new CloudOrders(parts.node, parts.topics, this);
    this.#group = new ComponentGroup(this.name, this.#brokers);
  }

  /** @throws MapperkitError `invalid_input` when a setting cannot be used or the port is taken. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#parts.topics.load();
    await this.#group.start(signal);
    this.#parts.publications.drainTo((publications) => this.#send(publications));
  }

  /** Where mappers find the broker, once started: the edge's own one, or else the external one. */
  get port(): number {
    return this.#brokers[0]?.port ?? 0;
  }

  /** How many MQTT clients are connected to the edge's own broker. */
  get sessions(): number {
    return this.#brokers.reduce((sum, { sessions }) => sum + sessions, 0);
  }

  /** How many messages wait for their turn in the brokers. */
  get queued(): number {
    return this.#brokers.reduce((sum, { queued }) => sum + queued, 0);
  }

  /** What clients say to the cloud; to be told of each link. */
  get uploads(): CloudUploads {
    return this.#parts.uploads;
  }

  /** Whether a notice of the device would reach anybody; so that others are not made. */
  hears(device: DeviceId, action: DeviceAction): boolean {
    const long = deviceTopic(device, action);
    const bare = deviceTopic(device, action, "bare");
    return this.#brokers.some((broker) => {
      return broker.hasListeners(long) || (bare !== long && broker.hasListeners(bare));
    });
  }

  publish(message: BusMessage): void {
    for (const broker of this.#brokers) broker.publish(message);
  }

  subscribe(filter: string): void {
    for (const broker of this.#brokers) broker.subscribe(filter);
  }

  unsubscribe(filter: string): void {
    for (const broker of this.#brokers) broker.unsubscribe(filter);
  }

  stop(): Promise<void> {
    return this.#group.stop();
  }

  receive(topic: string, payload: Uint8Array, acknowledge: (failure?: Error) => void): void {
    const answer = this.#parts.requests.handle(topic, payload);
    if (!answer) {
      const { outbox } = this.#parts;
      if (outbox && this.#parts.topics.isOfRule(topic)) {
        outbox.offer(topic, payload).then(
          () => acknowledge(),
          () => acknowledge(new Error("not stored")),
        );
        return;
      }
      if (this.#parts.topics.wants(topic)) this.#parts.uploads.offer(topic, payload);
      acknowledge();
      return;
    }
    answer.then(
      (publications) => {
        const isLost = publications.some((said) => said.kind === "reply" && said.isLost);
        if (!isLost) acknowledge();
        this.#send(publications);
        // Behind the answer, which says why; the sender is cut off.
        if (isLost) setImmediate(() => setImmediate(() => acknowledge(new Error("not stored"))));
      },
      (error: unknown) => {
        this.#parts.log.error("request not handled", { topic, error: String(error) });
        acknowledge();
      },
    );
  }

  #send(publications: readonly Publication[]): void {
    for (const publication of publications) {
      const retain = publication.kind === "announcement";
      const [topic, bare] = this.#topicsOf(publication);
      let encoded: Buffer | undefined;
      const payload = () => {
        encoded ??= bodyOf(publication);
        return encoded;
      };
      if (retain) this.#keepAnnouncement(topic, payload());
      for (const broker of this.#brokers) {
        if (retain || broker.hasListeners(topic)) {
          broker.publish({ topic, payload: payload(), retain });
        }
        if (bare !== undefined && broker.wantsBeside(bare, topic)) {
          broker.publish({ topic: bare, payload: payload(), retain });
        }
      }
    }
  }

  #keepAnnouncement(topic: string, payload: Buffer): void {
    if (payload.length > 0) this.#parts.announcements.set(topic, payload);
    else this.#parts.announcements.delete(topic);
  }

  /** The topic, and the bare form of it where there is one beside the long form. */
  #topicsOf(publication: Publication): [topic: string, bare?: string] {
    const { node } = this.#parts;
    switch (publication.kind) {
      case "reply":
        return [deviceTopic(publication.device, publication.action, publication.form)];
      case "notice": {
        const { device, action } = publication;
        const long = deviceTopic(device, action);
        const bare = deviceTopic(device, action, "bare");
        return bare === long ? [long] : [long, bare];
      }
      case "membership":
        return [membershipTopic(node, publication.action)];
      case "announcement":
        return [announcementTopic(node, publication.device)];
    }
  }
}

function bodyOf({ body }: Publication): Buffer {
  return body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
}
