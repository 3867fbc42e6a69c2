import type { Clock, Log } from "@mapperkit/runtime";
import type { NodeObject, NodeObjects } from "./node-objects.ts";

/** As the node controller of Kubernetes waits before it doubts a node. */
const GRACE_MS = 40_000;
const LOOK_EVERY_MS = 5_000;

interface Doubt {
  /** Monotonic: since when nothing was heard of the node. */
  readonly since: number;
  /** What its Lease said at the last look. */
  readonly renewTime?: string;
  readonly lookAt: number;
}

/**
 * Says that a node is not ready any more when its Lease has lapsed. On a cluster its node controller
 * does the same; where there is none, nobody else would.
 */
export class LapsedNodes {
  readonly #objects: NodeObjects;
  readonly #isLeader: () => boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #connected = new Set<string>();
  /** Nodes that are not connected here. Whether a Lease moves is what counts: clocks of edges differ. */
  readonly #doubted = new Map<string, Doubt>();
  #stopTicking: () => void = () => {};
  #looking: Promise<void> | undefined;
  #listAt = 0;

  constructor(parts: {
    objects: NodeObjects;
    /** Of several cloudcores, one judges. */
    isLeader?: () => boolean;
    clock: Clock;
    log: Log;
  }) {
    this.#isLeader = parts.isLeader ?? (() => true);
    this.#objects = parts.objects;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  start(): void {
    this.#listAt = this.#clock.monotonic() + GRACE_MS / 2;
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
    this.#doubt(node, { since: this.#clock.monotonic() });
  }

  async #look(): Promise<void> {
    if (!this.#isLeader()) {
      // Who begins to lead looks at all nodes.
      this.#listAt = this.#clock.monotonic();
      return;
    }
    try {
      await this.#listOnce();
      const now = this.#clock.monotonic();
      for (const [node, doubt] of this.#doubted) {
        if (doubt.lookAt <= now) await this.#judge(node, doubt);
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#log.debug("nodes were not looked at", { error });
    }
  }

  /** Nodes that went away before this program began. */
  async #listOnce(): Promise<void> {
    const now = this.#clock.monotonic();
    if (now < this.#listAt) return;
    const nodes = await this.#objects.listEdges(this.#stopping.signal);
    this.#listAt = Number.POSITIVE_INFINITY;
    for (const { metadata } of nodes) {
      if (!this.#connected.has(metadata.name)) this.#doubt(metadata.name, { since: now });
    }
  }

  async #judge(node: string, { since, renewTime }: Doubt): Promise<void> {
    const { signal } = this.#stopping;
    // Another replica may serve the node.
    const lease = await this.#objects.get("lease", node, signal).catch(() => undefined);
    const now = this.#clock.monotonic();
    if (this.#connected.has(node)) return;
    const seenTime = renewTimeOf(lease);
    const hasMoved = renewTime !== undefined && renewTime !== seenTime;
    if (renewTime !== seenTime || now - since < GRACE_MS) {
      this.#doubt(node, { since: hasMoved ? now : since, renewTime: seenTime });
      return;
    }
    const seen = await this.#objects.get("node", node, signal).catch(() => undefined);
    if (seen && readyOf(seen) === "True" && !this.#connected.has(node)) {
      await this.#objects.patchStatus(node, notReady(this.#clock.now()), signal);
      this.#log.info("a node's lease has lapsed", { node });
    }
    this.#doubted.delete(node);
  }

  /** Looked at twice at least: once to note its Lease, once to see whether that has moved. */
  #doubt(node: string, doubt: Omit<Doubt, "lookAt">): void {
    const lookAt = Math.max(this.#clock.monotonic(), doubt.since) + GRACE_MS / 2;
    this.#doubted.set(node, { ...doubt, lookAt });
  }
}

/** "" where there is none. */
function renewTimeOf(lease: NodeObject | undefined): string {
  const { renewTime } = (lease?.spec ?? {}) as { renewTime?: unknown };
  return typeof renewTime === "string" ? renewTime : "";
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
