import { randomUUID } from "node:crypto";
import { type Envelope, makeEnvelope } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import { callService } from "./call-service.ts";
import type { ServiceBusSettings } from "./service-bus-settings.ts";
import { answerContent, edgeAnswer, readServiceCall, type ServiceAnswer } from "./service-call.ts";

/** A message of the cloud's router. */
export interface RuleOrder {
  readonly id: string;
  readonly source: string;
  readonly operation: string;
  readonly resource: string;
  readonly content: unknown;
}

type Link = { send(envelope: Envelope): boolean };

/** As many calls of the cloud may be under way; a further one is told to come again. */
const MAX_CALLS = 256;

/** Calls applications of this node for rules in the cloud, and gives their answers back. */
export class ServiceBus implements Component {
  readonly name = "servicebus";
  readonly #node: string;
  readonly #settings: ServiceBusSettings | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  #link: Link | undefined;
  #calls = 0;

  constructor(parts: {
    node: string;
    settings: ServiceBusSettings | undefined;
    clock: Clock;
    log: Log;
  }) {
    this.#node = parts.node;
    this.#settings = parts.settings;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  connected(link: Link): void {
    this.#link = link;
  }

  disconnected(): void {
    this.#link = undefined;
  }

  /** Resolves when the order has been begun; false when it is none for applications. */
  async take(order: RuleOrder): Promise<boolean> {
    if (order.source !== "router_servicebus") return false;
    // Not awaited: the link goes on to be read meanwhile.
    void this.#answer(order);
    return true;
  }

  async #answer(order: RuleOrder): Promise<void> {
    const link = this.#link;
    const answer = await this.#call(order);
    const isSent = link?.send(this.#reply(order.id, answer)) ?? false;
    if (!isSent)
      this.#log.warn("an application's answer was lost with the link", {
        resource: order.resource,
      });
  }

  async #call(order: RuleOrder): Promise<ServiceAnswer> {
    const prefix = `node/${this.#node}/`;
    const resource = order.resource.startsWith(prefix)
      ? order.resource.slice(prefix.length)
      : order.resource;
    const call = readServiceCall({ ...order, resource });
    if (typeof call === "string") return edgeAnswer(400, call);
    if (!this.#settings) return edgeAnswer(502, "servicebus is not enabled at this edge");
    if (this.#calls >= MAX_CALLS) return edgeAnswer(503, `${MAX_CALLS} calls are under way`);
    this.#calls += 1;
    const clock = this.#clock;
    return callService(call, { ...this.#settings, clock }).finally(() => {
      this.#calls -= 1;
    });
  }

  /** With the operation `upload`, which KubeEdge's edge forgets on its own errors (router §5.3). */
  #reply(parentId: string, answer: ServiceAnswer): Envelope {
    return makeEnvelope({
      ...{ id: randomUUID(), timestamp: this.#clock.now(), parentId },
      ...{ source: "servicebus", group: "user", operation: "upload", resource: "" },
      content: answerContent(answer),
    });
  }
}
