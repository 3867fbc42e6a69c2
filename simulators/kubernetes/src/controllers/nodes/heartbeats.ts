import type { Clock } from "@mapperkit/runtime";
import type { KubeObject } from "../../objects/index.ts";
import type { Node } from "../cluster/index.ts";

interface Seen {
  readonly mark: string;
  readonly atMs: number;
}

/**
 * When each node was last heard of, by this server's own clock: the clocks of edges are often wrong.
 * After a start every node counts as just heard of.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the node renewed its Lease or told its status. */
  silenceMs(node: Node, lease: KubeObject | undefined): number {
    const name = node.metadata.name ?? "";
    const nowMs = this.#clock.monotonic();
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    const renewed = (lease?.spec as { renewTime?: unknown } | undefined)?.renewTime;
    const mark = JSON.stringify([node.metadata.uid, renewed, ready?.lastHeartbeatTime]);
    const seen = this.#seen.get(name);
    if (seen?.mark === mark) return nowMs - seen.atMs;
    this.#seen.set(name, { mark, atMs: nowMs });
    return 0;
  }

  forget(name: string): void {
    this.#seen.delete(name);
  }
}
