import { z } from "zod";
import type { Store, StoredObject } from "../store/index.ts";

const GROUP = "admissionregistration.k8s.io";
const DEFAULT_TIMEOUT_S = 10;

const texts = z.array(z.string()).default([]);
const labelSelector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: texts }))
    .default([]),
});
const rule = z.object({
  operations: texts,
  apiGroups: texts,
  apiVersions: texts,
  resources: texts,
  scope: z.string().default("*"),
});
const webhook = z.object({
  name: z.string(),
  clientConfig: z.object({
    url: z.string().optional(),
    service: z
      .object({
        namespace: z.string(),
        name: z.string(),
        path: z.string().optional(),
        port: z.number().int().optional(),
      })
      .optional(),
    caBundle: z.string().optional(),
  }),
  rules: z.array(rule).default([]),
  failurePolicy: z.enum(["Fail", "Ignore"]).default("Fail"),
  matchPolicy: z.enum(["Equivalent", "Exact"]).default("Equivalent"),
  namespaceSelector: labelSelector.default({ matchLabels: {}, matchExpressions: [] }),
  objectSelector: labelSelector.default({ matchLabels: {}, matchExpressions: [] }),
  sideEffects: z.string().default("Unknown"),
  timeoutSeconds: z.number().int().default(DEFAULT_TIMEOUT_S),
  admissionReviewVersions: texts,
  reinvocationPolicy: z.enum(["Never", "IfNeeded"]).default("Never"),
  matchConditions: z.array(z.object({ name: z.string(), expression: z.string() })).default([]),
});
const configuration = z.object({ webhooks: z.array(webhook).default([]) });

export type Webhook = z.infer<typeof webhook>;
export type WebhookRule = z.infer<typeof rule>;
export type SelectorObject = z.infer<typeof labelSelector>;

/** The webhooks that are configured at this moment, in the order in which they are asked. */
export class WebhookConfigurations {
  readonly #store: Store;
  readonly #parsed = new WeakMap<StoredObject, readonly Webhook[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  webhooks(kind: "mutating" | "validating"): readonly Webhook[] {
    const stored = this.#store.list(`${kind}webhookconfigurations.${GROUP}`);
    if (stored.length === 0) return [];
    const sorted = [...stored].sort((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.flatMap((object) => this.#webhooksOf(object));
  }

  /** A configuration that cannot be read asks nobody: its faults were told when it was written. */
  #webhooksOf(stored: StoredObject): readonly Webhook[] {
    let found = this.#parsed.get(stored);
    if (found === undefined) {
      found = configuration.safeParse(JSON.parse(stored.json)).data?.webhooks ?? [];
      this.#parsed.set(stored, found);
    }
    return found;
  }
}
