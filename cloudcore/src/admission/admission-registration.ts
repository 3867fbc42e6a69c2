import { MapperkitError } from "@mapperkit/api";
import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import type { WebhookClientConfig } from "../conversion-webhook/index.ts";
import {
  covers,
  isPassing,
  type KubeClient,
  type KubeObject,
  orUndefined,
  untilReachable,
  VALIDATING_WEBHOOKS,
} from "../kube/index.ts";

const NAME = "mapperkit-devices";
/** Every write of a Device waits this long at most when nobody answers. */
const TIMEOUT_SECONDS = 2;

/**
 * Tells the API server at start where to ask for warnings about Devices and DeviceModels, or, where
 * it cannot reach us, that there is nobody to ask. A warning is a courtesy: without the right to
 * register, everything else goes on.
 */
export class AdmissionRegistration implements Component {
  readonly name = "admission-registration";
  readonly #mode: "install" | "keep";
  readonly #client: KubeClient;
  readonly #webhook: () => WebhookClientConfig | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;

  constructor(options: {
    /** `keep`: what the cluster has is left as it is. */
    mode: "install" | "keep";
    client: KubeClient;
    /** Asked at start; undefined when the API server cannot reach a webhook of ours. */
    webhook: () => WebhookClientConfig | undefined;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#mode = options.mode;
    this.#client = options.client;
    this.#webhook = options.webhook;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log.child({ component: this.name });
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#mode === "keep") return;
    const tools = { clock: this.#clock, random: this.#random, log: this.#log, signal };
    try {
      await untilReachable((inner) => this.#register(inner), tools);
    } catch (error) {
      if (signal.aborted || !(error instanceof MapperkitError) || isPassing(error)) throw error;
      this.#log.warn("writers of Devices get no warnings: the webhook cannot be registered", {
        error,
      });
    }
  }

  /** The registration stays: another replica may serve it, and nobody waits for one that is away. */
  async stop(): Promise<void> {}

  async #register(signal: AbortSignal): Promise<void> {
    const clientConfig = this.#webhook();
    const wanted = clientConfig ? [webhookOf(clientConfig)] : [];
    const live = await this.#client
      .get(VALIDATING_WEBHOOKS, { name: NAME }, signal)
      .catch(orUndefined("not_found"));
    if (!live && wanted.length === 0) return;
    if (!live) {
      // Of two replicas that are first, both say the same.
      await this.#client
        .create(VALIDATING_WEBHOOKS, configuration(wanted), { signal })
        .catch(orUndefined("conflict"));
    } else if (!covers(live.webhooks ?? [], wanted)) {
      const patch = { webhooks: wanted };
      await this.#client.mergePatch(VALIDATING_WEBHOOKS, { name: NAME }, { patch, signal });
    }
  }
}

function configuration(webhooks: readonly object[]): KubeObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: NAME },
    webhooks,
  };
}

/** Not for `devices/status`: that is cloudcore's own, and written often. */
function webhookOf({ url, service, caBundle }: WebhookClientConfig): object {
  return {
    name: "devices.mapperkit.kubeedge.io",
    clientConfig: { ...(service ? { service } : { url }), caBundle },
    rules: [
      {
        operations: ["CREATE", "UPDATE"],
        apiGroups: ["devices.kubeedge.io"],
        apiVersions: ["v1alpha2", "v1beta1"],
        resources: ["devices", "devicemodels"],
      },
    ],
    failurePolicy: "Ignore",
    sideEffects: "None",
    timeoutSeconds: TIMEOUT_SECONDS,
    admissionReviewVersions: ["v1"],
  };
}
