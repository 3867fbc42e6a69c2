import type { Clock } from "@mapperkit/runtime";

/** A node that is away for less than this has only redialled. */
export const AWAY_GRACE_MS = 5_000;
/** After a start, nodes are given this long to dial again before anybody is told that they are away. */
export const START_GRACE_MS = 15_000;

/** Which nodes are connected, and which have been away long enough to say so. */
export class NodePresence {
  readonly #clock: Clock;
  readonly #connected = new Set<string>();
  readonly #awaySince = new Map<string, number>();
  #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  started(): void {
    this.#startedAt = this.#clock.monotonic();
  }

  connected(node: string): void {
    this.#connected.add(node);
    this.#awaySince.delete(node);
  }

  disconnected(node: string): void {
    this.#connected.delete(node);
    this.#awaySince.set(node, this.#clock.monotonic());
  }

  /** Undefined while it is too early to say. */
  isConnected(node: string): boolean | undefined {
    if (this.#connected.has(node)) return true;
    return this.undecidedMs(node) > 0 ? undefined : false;
  }

  /** How long it stays too early to say; 0 when it is not. */
  undecidedMs(node: string): number {
    if (this.#connected.has(node)) return 0;
    const since = this.#awaySince.get(node);
    const until = since === undefined ? this.#startedAt + START_GRACE_MS : since + AWAY_GRACE_MS;
    return Math.max(0, until - this.#clock.monotonic());
  }
}
