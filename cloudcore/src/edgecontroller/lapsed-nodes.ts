import type { Clock, Log } from "@mapperkit/runtime";
import type { NodeObject, NodeObjects } from "./node-objects.ts";

/** As the node controller of Kubernetes waits before it doubts a node. */
const GRACE_MS = 40_000;
const LOOK_EVERY_MS = 5_000;

/**
 * Says that a node is not ready any more when its Lease has lapsed. On a cluster its node controller
 * does the same; where there is none, nobody else would.
 */
export class LapsedNodes {
  readonly #objects: NodeObjects;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #connected = new Set<string>();
  /** When to look at the Lease of a node that is not connected here. */
  readonly #doubted = new Map<string, number>();
  #stopTicking: () => void = () => {};
  #looking: Promise<void> | undefined;
  #listAt = 0;

  constructor(parts: { objects: NodeObjects; clock: Clock; log: Log }) {
    this.#objects = parts.objects;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  start(): void {
    this.#listAt = this.#clock.now() + GRACE_MS;
    this.#stopTicking = this.#clock.every(LOOK_EVERY_MS, () => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopTicking();
    this.#stopping.abort();
    await this.#looking;
  }

  connected(node: string): void {
    this.#connected.add(node);
    this.#doubted.delete(node);
  }

  disconnected(node: string): void {
    this.#connected.delete(node);
    this.#doubted.set(node, this.#clock.now() + GRACE_MS);
  }

  async #look(): Promise<void> {
    try {
      await this.#listOnce();
      const now = this.#clock.now();
      for (const [node, at] of this.#doubted) if (at <= now) await this.#judge(node);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log.debug("nodes were not looked at", { error });
    }
  }

  /** Nodes that went away before this program began. */
  async #listOnce(): Promise<void> {
    const now = this.#clock.now();
    if (now < this.#listAt) return;
    const nodes = await this.#objects.listEdges(this.#stopping.signal);
    this.#listAt = Number.POSITIVE_INFINITY;
    for (const { metadata } of nodes) {
      if (!this.#connected.has(metadata.name)) this.#doubted.set(metadata.name, now);
    }
  }

  async #judge(node: string): Promise<void> {
    const { signal } = this.#stopping;
    // Another replica may serve the node.
    const lease = await this.#objects.get("lease", node, signal).catch(() => undefined);
    const now = this.#clock.now();
    const renewedAt = lease === undefined ? 0 : renewTimeOf(lease);
    if (this.#connected.has(node)) return;
    if (now - renewedAt < GRACE_MS) {
      this.#doubted.set(node, renewedAt + GRACE_MS);
      return;
    }
    const seen = await this.#objects.get("node", node, signal).catch(() => undefined);
    if (seen && readyOf(seen) === "True" && !this.#connected.has(node)) {
      await this.#objects.patchStatus(node, notReady(now), signal);
      this.#log.info("a node's lease has lapsed", { node });
    }
    this.#doubted.delete(node);
  }
}

function renewTimeOf(lease: NodeObject): number {
  const { renewTime } = (lease.spec ?? {}) as { renewTime?: unknown };
  return typeof renewTime === "string" ? Date.parse(renewTime) || 0 : 0;
}

function readyOf(node: NodeObject): string | undefined {
  const { conditions } = (node.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions?.find(({ type }) => type === "Ready")?.status;
}

function notReady(now: number): object {
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const condition = {
    type: "Ready",
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "the edge is not connected, and its lease has lapsed",
    lastTransitionTime: time,
  };
  return { status: { conditions: [condition] } };
}
