import { MapperkitError } from "@mapperkit/api";
import { ruleCrds } from "@mapperkit/api/crds";
import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import type { WebhookClientConfig } from "../conversion-webhook/index.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeClient,
  type KubeObject,
  untilReachable,
} from "../kube/index.ts";
import { canConvert } from "./conversion-probe.ts";
import { migrateStoredVersions } from "./stored-versions.ts";
import { syncCrds } from "./sync-crds.ts";
import { type Crd, holdsAll, wantedCrds } from "./wanted-crds.ts";

const ESTABLISHED_POLL_MS = 50;
const ESTABLISHED_WITHIN_MS = 60_000;
/** A webhook that has only just begun to listen may be missed once. */
const PROBES = 5;
const PROBE_PAUSE_MS = 500;

/** Installs the device CRDs at start, or brings them up to date, and has old objects migrated. */
export class DeviceCrds implements Component {
  readonly name = "device-crds";
  readonly #mode: "install" | "keep";
  readonly #client: KubeClient;
  readonly #webhook: () => WebhookClientConfig | undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #isWebhookReached = false;

  constructor(options: {
    mode: "install" | "keep";
    client: KubeClient;
    /** Asked at start, when the webhook listens already. */
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

  /** Whether the API server calls our webhook; false until started, and where CRDs are kept as they are. */
  get isWebhookReached(): boolean {
    return this.#isWebhookReached;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#mode === "keep") return;
    await untilReachable((inner) => this.#install(inner), {
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      signal,
    });
  }

  async stop(): Promise<void> {}

  /** Safe to repeat from the beginning. */
  async #install(signal: AbortSignal): Promise<void> {
    for (const crd of syncCrds) {
      if (!(await this.#find(crd.metadata.name, signal))) await this.#create(crd, signal);
    }
    for (const crd of ruleCrds as readonly Crd[]) await this.#apply(crd, signal);
    const webhook = this.#webhook();
    let crds = wantedCrds(webhook);
    for (const crd of crds) await this.#apply(crd, signal);
    for (const crd of crds) await this.#established(crd, signal);
    this.#isWebhookReached = webhook !== undefined && (await this.#isConverting(signal));
    if (webhook && !this.#isWebhookReached) {
      this.#log.warn(
        "the Kubernetes API cannot reach the conversion webhook: devices are served as v1beta1 only",
        { url: webhook.url, service: webhook.service?.name },
      );
      crds = wantedCrds(undefined);
      for (const crd of crds) await this.#apply(crd, signal);
    }
    for (const crd of crds) {
      await migrateStoredVersions({ client: this.#client, crd, log: this.#log, signal });
    }
  }

  /** Only what differs is patched: each change of a CRD cuts every watch on it. */
  async #apply(wanted: Crd, signal: AbortSignal): Promise<void> {
    const { name } = wanted.metadata;
    const live = await this.#find(name, signal);
    if (!live) {
      await this.#create(wanted, signal);
    } else if (!holdsAll(live, wanted)) {
      const patch = { spec: wanted.spec };
      await this.#client.mergePatch(CUSTOM_RESOURCE_DEFINITIONS, { name }, { patch, signal });
      this.#log.info("CRD updated", { crd: name });
    }
  }

  async #create(crd: KubeObject, signal: AbortSignal): Promise<void> {
    await this.#client.create(CUSTOM_RESOURCE_DEFINITIONS, crd, { signal });
    this.#log.info("CRD installed", { crd: crd.metadata.name });
  }

  async #find(name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#client.get(CUSTOM_RESOURCE_DEFINITIONS, { name }, signal);
    } catch (error) {
      if (error instanceof MapperkitError && error.code === "not_found") return undefined;
      throw error;
    }
  }

  async #established({ metadata: { name } }: Crd, signal: AbortSignal): Promise<void> {
    const bounded = AbortSignal.any([signal, this.#clock.timeout(ESTABLISHED_WITHIN_MS)]);
    while (!isEstablished(await this.#find(name, bounded))) {
      await this.#clock.sleep(ESTABLISHED_POLL_MS, bounded);
    }
  }

  async #isConverting(signal: AbortSignal): Promise<boolean> {
    for (let probe = 1; ; probe++) {
      const answer = await canConvert(this.#client, signal);
      if (answer === true) return true;
      if (answer === undefined) {
        this.#log.warn("the conversion webhook could not be tried");
        return true;
      }
      if (probe === PROBES) return false;
      await this.#clock.sleep(PROBE_PAUSE_MS, signal);
    }
  }
}

function isEstablished(crd: KubeObject | undefined): boolean {
  const status = crd?.status as
    | { conditions?: readonly { type: string; status: string }[] }
    | undefined;
  const condition = status?.conditions?.find((each) => each.type === "Established");
  return condition?.status === "True";
}
