import { randomUUID } from "node:crypto";
import {
  type DeviceId,
  type Envelope,
  envelopeTrace,
  MapperkitError,
  makeEnvelope,
  parseDeviceTopic,
  parseFrame,
  parseResource,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import { type CloudInventory, INVENTORY_RESOURCE } from "./edge-inventory.ts";

/** Who keeps the cloud's objects: metamanager. */
export interface CloudObjects {
  /** Resolves when durable. @throws MapperkitError `invalid_input`. Without content: deleted. */
  applyObject(change: {
    kind: "device" | "devicemodel";
    id: DeviceId;
    content?: unknown;
  }): Promise<void>;
  applyMembership(content: unknown): Promise<void>;
}

/** Who waits for the cloud's word on twins: devicetwin. */
export interface CloudWord {
  confirm(messageId: string): void;
  /** Resolves when durable. @throws MapperkitError `invalid_input` */
  applyCloudUpdate(id: DeviceId, content: unknown): Promise<void>;
}

/** Who waits for answers to questions. */
export interface CloudAnswers {
  /** True when somebody waited for this one. */
  settle(answer: Envelope): boolean;
}

/** Who carries out what rules ask of this node: servicebus and eventbus. */
export interface CloudUsers {
  /** False when it is no order to them. @throws MapperkitError `invalid_input` */
  take(order: {
    id: string;
    source: string;
    operation: string;
    resource: string;
    content: unknown;
  }): Promise<boolean>;
}

/** Of one program; the cloud counts its own. */
const TOLD_BAD_FRAMES = 5;

/** Takes each message of the cloud to whom it concerns, and acknowledges what has been stored. */
export class CloudRouter {
  readonly #objects: CloudObjects;
  readonly #twins: CloudWord;
  readonly #answers: CloudAnswers | undefined;
  readonly #users: CloudUsers | undefined;
  readonly #inventory: CloudInventory | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  #badFrames = 0;

  constructor(parts: {
    objects: CloudObjects;
    twins: CloudWord;
    answers?: CloudAnswers;
    users?: CloudUsers;
    inventory?: CloudInventory;
    clock: Clock;
    log: Log;
  }) {
    this.#objects = parts.objects;
    this.#twins = parts.twins;
    this.#answers = parts.answers;
    this.#users = parts.users;
    this.#inventory = parts.inventory;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Never rejects: a message that cannot be taken is logged, and answered where the cloud waits. */
  async receive(text: string, answer: (envelope: Envelope) => void): Promise<void> {
    const { envelopes, faults } = parseFrame(text);
    for (const fault of faults) this.#notUnderstood(textOf(fault), answer);
    await Promise.all(envelopes.map((message) => this.#receiveOne(message, answer)));
  }

  /** In both logs, a few times: who sends rubbish sends much of it. */
  #notUnderstood(error: string, answer: (envelope: Envelope) => void): void {
    this.#badFrames += 1;
    if (this.#badFrames > TOLD_BAD_FRAMES) return;
    this.#log.warn("frame from the cloud not understood", { error, dropped: this.#badFrames });
    const content = `a message was dropped: ${error}`;
    answer(
      makeEnvelope({
        ...{ id: randomUUID(), timestamp: this.#clock.now(), source: "websocket" },
        ...{ group: "resource", operation: "error", resource: "node", content },
      }),
    );
  }

  async #receiveOne(message: Envelope, answer: (envelope: Envelope) => void): Promise<void> {
    this.#log.debug("message from the cloud", envelopeTrace(message));
    try {
      if (message.route.resource === INVENTORY_RESOURCE) {
        answer(await this.#inventoryOf(message));
        return;
      }
      const isStored = await this.#take(message);
      if (isStored) answer(this.#reply(message, "response", "OK"));
    } catch (error) {
      const { msg_id: message_id } = message.header;
      const { resource } = message.route;
      this.#log.error("message from the cloud not taken", {
        message_id,
        resource,
        error: textOf(error),
      });
      // What failed here may succeed later, so the cloud is left to send it again; what can never
      // be taken is told.
      const isFinal = error instanceof MapperkitError && error.code === "invalid_input";
      if (isFinal) answer(this.#reply(message, "error", textOf(error)));
    }
  }

  /** True when the cloud waits for an acknowledgement (cloudhub-wire §3.13.5). */
  async #take(message: Envelope): Promise<boolean> {
    const { header, route, content } = message;
    if (header.parent_msg_id) {
      const isAnswer = this.#answers?.settle(message) ?? false;
      if (!isAnswer && route.operation !== "error") this.#twins.confirm(header.parent_msg_id);
      return false;
    }
    if (route.operation === "error") {
      this.#log.warn("the cloud is not content", { reason: content });
      return false;
    }
    // Nobody waits for an acknowledgement of these (router §5.3).
    if (route.group === "user") {
      const { source = "", operation = "", resource = "" } = route;
      const order = { id: header.msg_id, source, operation, resource, content };
      const isTaken = await this.#users?.take(order);
      if (!isTaken) this.#log.debug("message of a rule not for this edge", { operation, resource });
      return false;
    }
    const resource = parseResource(route.resource ?? "");
    switch (resource.kind) {
      case "device":
      case "devicemodel": {
        const id: DeviceId = `${resource.namespace}/${resource.name}`;
        const isDeletion = route.operation === "delete";
        await this.#objects.applyObject({
          kind: resource.kind,
          id,
          ...(!isDeletion && { content: content ?? null }),
        });
        return true;
      }
      case "membership":
      case "membershipDetail":
        await this.#objects.applyMembership(content);
        return false;
      default:
        await this.#takeOther(route.resource ?? "", content);
        return false;
    }
  }

  async #inventoryOf({ content }: Envelope): Promise<Envelope> {
    const objects = (await this.#inventory?.objectsOf(content)) ?? {};
    return makeEnvelope({
      id: randomUUID(),
      timestamp: this.#clock.now(),
      source: "twin",
      group: "resource",
      operation: "update",
      resource: INVENTORY_RESOURCE,
      content: { objects },
    });
  }

  async #takeOther(resource: string, content: unknown): Promise<void> {
    const target = parseDeviceTopic(`$hw/events/${resource}`);
    if (target?.action === "twin/cloud_updated") {
      await this.#twins.applyCloudUpdate(target.id, content);
    } else {
      this.#log.debug("message from the cloud not for this edge", { resource });
    }
  }

  #reply(message: Envelope, operation: "response" | "error", content: string): Envelope {
    const { source = "", group = "", resource = "" } = message.route;
    return makeEnvelope({
      id: randomUUID(),
      timestamp: this.#clock.now(),
      parentId: message.header.msg_id,
      source,
      group,
      operation,
      resource,
      content,
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
