import { MapperkitError } from "@mapperkit/api";
import type { BusMessage } from "../bus-broker.ts";
import { isReserved } from "../reserved-topics.ts";
import type { RuleTopics } from "./rule-topics.ts";

/** A message of the cloud's router to the eventbus: group `user` (router §5.3, §5.4). */
export interface CloudOrder {
  readonly operation: string;
  /** A topic, or `node/{node}/` and a topic from clouds that do not trim it. */
  readonly resource: string;
  readonly content: unknown;
}

/** What the orders are carried out on: the eventbus with all its brokers. */
export interface OrderedBus {
  publish(message: BusMessage): void;
  subscribe(filter: string): void;
  unsubscribe(filter: string): void;
}

const MAX_TOPIC_BYTES = 65_535;

/** Carries out what rules in the cloud ask of the edge's MQTT. */
export class CloudOrders {
  readonly #node: string;
  readonly #topics: RuleTopics;
  readonly #bus: OrderedBus;

  constructor(node: string, topics: RuleTopics, bus: OrderedBus) {
    this.#node = node;
    this.#topics = topics;
    this.#bus = bus;
  }

  /**
   * Resolves when it is done, a subscription when it is durable; false when it is no order to the eventbus.
   * @throws MapperkitError `invalid_input` when the topic cannot be used
   */
  async take({ operation, resource, content }: CloudOrder): Promise<boolean> {
    const topic = this.#topicOf(resource);
    switch (operation) {
      case "subscribe":
        checkFilter(topic);
        await this.#topics.add(topic);
        this.#bus.subscribe(topic);
        return true;
      case "unsubscribe":
        if (await this.#topics.remove(topic)) this.#bus.unsubscribe(topic);
        return true;
      case "topics": {
        // Our cloud's: all that rules want of this node, so that nothing stays of rules long gone.
        const wanted = new Set(topicsOf(content));
        for (const filter of wanted) {
          checkFilter(filter);
          await this.#topics.add(filter);
          this.#bus.subscribe(filter);
        }
        for (const filter of this.#topics.asked.filter((each) => !wanted.has(each))) {
          await this.#topics.remove(filter);
          this.#bus.unsubscribe(filter);
        }
        return true;
      }
      case "publish":
        this.#publish(topic, payloadOf(content));
        return true;
      case "message": {
        const message = messageOf(content);
        this.#publish(message.topic, JSON.stringify(message));
        return true;
      }
      default:
        return false;
    }
  }

  #topicOf(resource: string): string {
    const prefix = `node/${this.#node}/`;
    return resource.startsWith(prefix) ? resource.slice(prefix.length) : resource;
  }

  #publish(topic: string, payload: string | Buffer): void {
    if (!isTopic(topic) || /[+#]/.test(topic) || isReserved(topic)) {
      throw new MapperkitError(
        "invalid_input",
        `topic ${JSON.stringify(topic)} of a rule cannot be published to`,
      );
    }
    this.#bus.publish({
      topic,
      payload: typeof payload === "string" ? Buffer.from(payload) : payload,
      retain: false,
    });
  }
}

/** Text, as KubeEdge has it; our cloud sends what is no text as base64. */
function payloadOf(content: unknown): string | Buffer {
  if (typeof content === "string") return content;
  const { base64, ...more } = (content ?? {}) as { base64?: unknown };
  const isBytes = typeof base64 === "string" && Object.keys(more).length === 0;
  return isBytes ? Buffer.from(base64, "base64") : JSON.stringify(content ?? "");
}

/** MQTT 3.1.1 §4.7; `$hw` is the edge's own, where a rule would see every twin. */
function checkFilter(filter: string): void {
  const isWellFormed = filter
    .split("/")
    .every(
      (level, at, all) =>
        !/[+#]/.test(level) || level === "+" || (level === "#" && at === all.length - 1),
    );
  if (isTopic(filter) && isWellFormed && !filter.startsWith("$")) return;
  throw new MapperkitError(
    "invalid_input",
    `topic ${JSON.stringify(filter)} of a rule cannot be subscribed to`,
  );
}

function topicsOf(content: unknown): readonly string[] {
  const { topics } = (content ?? {}) as { topics?: unknown };
  if (Array.isArray(topics) && topics.every((topic) => typeof topic === "string")) return topics;
  throw new MapperkitError("invalid_input", "content.topics is no list of topics");
}

function isTopic(text: string): boolean {
  return text !== "" && !text.includes("\0") && Buffer.byteLength(text) <= MAX_TOPIC_BYTES;
}

function messageOf(content: unknown): { topic: string } {
  const { message } = (content ?? {}) as { message?: { topic?: unknown } };
  if (typeof message?.topic === "string") return message as { topic: string };
  throw new MapperkitError("invalid_input", "content.message.topic is missing, it must be a topic");
}
