import { type Envelope, MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Component, type Log, type Random } from "@mapperkit/runtime";
import type { CloudRequest } from "../edgehub/cloud-calls.ts";
import type { NodeFacts } from "./node-facts.ts";
import { leaseObject, nodeObject, nodePatch } from "./node-object.ts";

/** Who carries questions to the cloud: edgehub. */
export interface CloudCaller {
  /** @throws MapperkitError `unreachable`, `timed_out` */
  call(request: CloudRequest, signal: AbortSignal): Promise<Envelope>;
}

/** As a kubelet. */
const RENEW_EVERY_MS = 10_000;
const STATUS_EVERY_MS = 300_000;
const RETRY = { initialMs: 500, maxMs: 10_000 };
const CONFLICT = 409;
const NOT_FOUND = 404;

/** Keeps this machine among the cluster's nodes: registers it, renews its Lease, tells its status. */
export class NodeAgent implements Component {
  readonly name = "node-agent";
  readonly #node: string;
  readonly #cloud: CloudCaller;
  readonly #readFacts: () => NodeFacts;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #linked = Promise.withResolvers<void>();
  #link: AbortController | undefined;

  constructor(parts: {
    node: string;
    cloud: CloudCaller;
    readFacts: () => NodeFacts;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#node = parts.node;
    this.#cloud = parts.cloud;
    this.#readFacts = parts.readFacts;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#backoff = new Backoff(RETRY, parts.random);
  }

  async start(): Promise<void> {
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#link?.abort();
    this.#linked.resolve();
    await this.#running;
  }

  connected(): void {
    this.#link = new AbortController();
    this.#linked.resolve();
  }

  disconnected(): void {
    this.#link?.abort();
    this.#linked = Promise.withResolvers<void>();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#linked.promise;
      if (signal.aborted || !this.#link) return;
      await this.#serveLink(AbortSignal.any([signal, this.#link.signal]));
    }
  }

  /** From registration to the end of one link. */
  async #serveLink(signal: AbortSignal): Promise<void> {
    let isFailing = false;
    let statusAt = 0;
    while (!signal.aborted) {
      let pauseMs = RENEW_EVERY_MS;
      try {
        if (this.#clock.monotonic() >= statusAt) {
          await this.#tellStatus(signal);
          statusAt = this.#clock.monotonic() + STATUS_EVERY_MS;
        }
        await this.#renewLease(signal);
        isFailing = false;
        this.#backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        // A cloud without an edgecontroller never answers: devices work all the same.
        if (!isFailing) this.#log.warn("the node was not registered, retrying", { error });
        isFailing = true;
        statusAt = 0;
        pauseMs = this.#backoff.next();
      }
      await this.#clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  async #tellStatus(signal: AbortSignal): Promise<void> {
    const [node, facts, now] = [this.#node, this.#readFacts(), this.#clock.now()];
    const path = { node: `default/node/${node}`, patch: `default/nodepatch/${node}` };
    const patch = JSON.stringify(nodePatch(node, facts, now));
    let refused = await this.#ask("patch", path.patch, patch, signal);
    if (refused?.code === NOT_FOUND) {
      const made = await this.#ask("insert", path.node, nodeObject(node, facts, now), signal);
      throwIf(made?.code === CONFLICT ? undefined : made);
      // An API server keeps no status of a Node that is being made.
      refused = await this.#ask("patch", path.patch, patch, signal);
      this.#log.info("the node was registered", { node });
    }
    throwIf(refused);
  }

  async #renewLease(signal: AbortSignal): Promise<void> {
    const resource = `kube-node-lease/lease/${this.#node}`;
    const lease = leaseObject(this.#node, this.#clock.now());
    let refused = await this.#ask("update", resource, lease, signal);
    if (refused?.code === NOT_FOUND) refused = await this.#ask("insert", resource, lease, signal);
    throwIf(refused);
  }

  /** Why the cloud did not do it; undefined when it did. */
  async #ask(
    operation: string,
    resource: string,
    content: unknown,
    signal: AbortSignal,
  ): Promise<Refusal | undefined> {
    const request = { source: "edged", group: "meta", operation, resource, content };
    const answer = await this.#cloud.call(request, signal);
    return refusalIn(answer);
  }
}

interface Refusal {
  readonly code: number;
  readonly message: string;
}

function refusalIn({ route, content }: Envelope): Refusal | undefined {
  if (route.operation === "error") return { code: 500, message: String(content).slice(0, 200) };
  const { Err } = (content ?? {}) as { Err?: { ErrStatus?: Partial<Refusal> } | null };
  if (!Err) return undefined;
  const { code = 500, message = "no reason given" } = Err.ErrStatus ?? {};
  return { code, message };
}

function throwIf(refusal: Refusal | undefined): void {
  if (refusal) {
    throw new MapperkitError("rejected", `the cloud refused (${refusal.code}): ${refusal.message}`);
  }
}
