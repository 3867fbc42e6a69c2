import { randomUUID } from "node:crypto";
import type { Log } from "@mapperkit/runtime";
import {
  type Admission,
  type AdmissionAsked,
  copyOf,
  isJsonObject,
  type KubeObject,
  sameJson,
  type World,
} from "../objects/index.ts";
import { applyJsonPatch } from "../patch/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { badRequest, StatusError } from "../status/index.ts";
import { type WebhookTransport, webhookTarget, webhookUrl } from "../webhooks/index.ts";
import { type AdmissionResponse, denial, readResponse, reviewOf } from "./admission-review.ts";
import { versionFor } from "./applies.ts";
import { conditionsHold } from "./match-conditions.ts";
import { type Webhook, WebhookConfigurations } from "./webhook-configuration.ts";

const QUIET: ReadonlySet<string> = new Set(["None", "NoneOnDryRun"]);

/** Asks the webhooks that are configured. */
export class WebhookAdmission implements Admission {
  readonly #world: World;
  readonly #configurations: WebhookConfigurations;
  readonly #transport: WebhookTransport;
  readonly #log: Log;

  constructor(world: World, o: { readonly transport: WebhookTransport; readonly log: Log }) {
    this.#world = world;
    this.#configurations = new WebhookConfigurations(world.store);
    this.#transport = o.transport;
    this.#log = o.log;
  }

  /** One after the other; those who want to see what came after them are asked once more. */
  async mutate(asked: AdmissionAsked): Promise<KubeObject | undefined> {
    let { object } = asked;
    const webhooks = this.#configurations.webhooks("mutating");
    const lastSeen = new Map<Webhook, KubeObject | undefined>();
    for (const webhook of webhooks) {
      const changed = await this.#change(webhook, { ...asked, object });
      if (changed === undefined) continue;
      object = changed.object;
      lastSeen.set(webhook, object);
    }
    for (const [webhook, seen] of lastSeen) {
      if (webhook.reinvocationPolicy !== "IfNeeded" || sameJson(seen, object)) continue;
      const changed = await this.#change(webhook, { ...asked, object });
      object = changed === undefined ? object : changed.object;
    }
    return object;
  }

  /** All at once; the first refusal in their order is told. */
  async validate(asked: AdmissionAsked): Promise<void> {
    const webhooks = this.#configurations.webhooks("validating");
    if (webhooks.length === 0) return;
    const asking = webhooks.map((webhook) => this.#ask(webhook, asked));
    const outcomes = await Promise.allSettled(asking);
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Undefined when the webhook has no say. */
  async #change(webhook: Webhook, asked: AdmissionAsked) {
    const answer = await this.#ask(webhook, asked);
    if (answer === undefined) return undefined;
    const { response, seen } = answer;
    if (response.patch === undefined || asked.object === undefined) return { object: asked.object };
    try {
      const before = await this.#convert([asked.object], asked.resource, seen);
      const patched = applyJsonPatch(before[0], readPatch(response));
      if (!isJsonObject(patched)) throw new Error("the patch leaves no object");
      const [object] = await this.#convert([patched as KubeObject], seen, asked.resource);
      return { object };
    } catch (cause) {
      this.#failed(webhook, cause);
      return undefined;
    }
  }

  async #ask(webhook: Webhook, asked: AdmissionAsked) {
    const seen = versionFor(this.#world, webhook, asked);
    if (seen === undefined) return undefined;
    try {
      if (!conditionsHold(webhook, asked)) return undefined;
    } catch (cause) {
      this.#failed(webhook, cause);
      return undefined;
    }
    if (asked.dryRun && !QUIET.has(webhook.sideEffects)) {
      throw badRequest(
        `admission webhook ${JSON.stringify(webhook.name)} does not support dry run`,
      );
    }
    let response: AdmissionResponse;
    try {
      response = await this.#call(webhook, asked, seen);
    } catch (cause) {
      this.#failed(webhook, cause);
      return undefined;
    }
    for (const text of response.warnings ?? []) asked.warn(text);
    if (!response.allowed) throw denial(webhook.name, response);
    return { response, seen };
  }

  async #call(webhook: Webhook, asked: AdmissionAsked, seen: ServedResource) {
    const { timeoutSeconds, clientConfig } = webhook;
    const uid = randomUUID();
    const [object] = await this.#convert(asked.object ? [asked.object] : [], asked.resource, seen);
    const [old] = await this.#convert(asked.old ? [asked.old] : [], asked.resource, seen);
    const body = JSON.stringify(reviewOf(asked, seen, { object, old }, uid));
    const query = `?timeout=${timeoutSeconds}s`;
    const url = webhookUrl(clientConfig);
    let text: string;
    try {
      const target = webhookTarget(this.#world.store, clientConfig, query);
      text = await this.#transport.post(target, body, timeoutSeconds * 1000);
    } catch (cause) {
      throw new Error(`failed to call webhook: Post "${url}${query}": ${textOf(cause)}`, { cause });
    }
    return readResponse(text, uid);
  }

  async #convert(objects: KubeObject[], from: ServedResource, to: ServedResource) {
    if (from === to || objects.length === 0) return objects;
    const stored = await Promise.all(objects.map((each) => from.codec.toStored(copyOf(each))));
    return await to.codec.fromStored(stored);
  }

  /** A webhook that does not answer decides nothing, or everything: as its policy says. */
  #failed(webhook: Webhook, cause: unknown): void {
    const error = `failed calling webhook ${JSON.stringify(webhook.name)}: ${textOf(cause)}`;
    if (webhook.failurePolicy === "Ignore") {
      this.#log.warn("admission webhook failed and is passed over", {
        webhook: webhook.name,
        error,
      });
      return;
    }
    throw new StatusError(
      500,
      "InternalError",
      `Internal error occurred: ${error}`,
      { causes: [{ message: error }] },
      { cause },
    );
  }
}

function readPatch({ patch = "", patchType }: AdmissionResponse): unknown {
  if (patchType === undefined) {
    throw new Error("webhook returned response.patch but not response.patchType");
  }
  if (patchType !== "JSONPatch") {
    throw new Error(`webhook returned invalid response.patchType of ${JSON.stringify(patchType)}`);
  }
  return JSON.parse(Buffer.from(patch, "base64").toString("utf8"));
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
