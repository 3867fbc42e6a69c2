import { type Priority, priorities } from "../endpoint/bus-queue.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { PropertyState } from "./property-state.ts";
import { type GroupRead, readGroup } from "./read-group.ts";
import { RoundPlanner } from "./read-round.ts";
import type { SessionParts } from "./session-parts.ts";
import { checkReadback } from "./write-desired.ts";

type Properties = readonly PropertyState[];

/** Reads what is due of one device. */
export class Polling {
  readonly #parts: () => SessionParts;
  /** What is left to read of what was due together. */
  #round: GroupRead[] = [];
  readonly #planner = new RoundPlanner();
  readonly #readbacks = new RoundPlanner();

  constructor(parts: () => SessionParts) {
    this.#parts = parts;
  }

  /** What was planned holds no longer. */
  clear(): void {
    this.#round = [];
  }

  /** Looks for values that were just written. False when there are none. */
  async readBack(endpoint: Endpoint, properties: Properties, now: number): Promise<boolean> {
    const { driver } = this.#parts();
    const reads = this.#readbacks.plan(driver, endpoint, properties, now, isAwaited);
    if (reads.length === 0) return false;
    await Promise.all(reads.map((read) => this.#read(endpoint, read, priorities.readback)));
    return true;
  }

  /** Reads what comes next. False when nothing is due. */
  async readNext(endpoint: Endpoint, properties: Properties, now: number): Promise<boolean> {
    if (this.#round.length === 0) {
      this.#round = this.#planner.plan(this.#parts().driver, endpoint, properties, now);
    }
    const next = this.#takeNext(endpoint, now);
    await Promise.all(next.map((read) => this.#read(endpoint, read, priorities.poll)));
    return next.length > 0;
  }

  /** As many reads as may be under way at once; a unit that has not answered yet gets one. */
  #takeNext(endpoint: Endpoint, now: number): GroupRead[] {
    const next: GroupRead[] = [];
    while (this.#round.length > 0 && next.length < endpoint.maxInFlight) {
      const [read] = this.#round;
      const unit = read && endpoint.unit(read.group.unit);
      const isFirst = next.length === 0;
      if (unit && unit.probeAt <= now && unit.state !== "online" && !isFirst) break;
      this.#round.shift();
      if (read && unit && unit.probeAt <= now) next.push(read);
    }
    return next;
  }

  async #read(endpoint: Endpoint, read: GroupRead, priority: Priority): Promise<void> {
    const parts = this.#parts();
    const begin = parts.clock.monotonic();
    for (const { poll } of read.properties) poll.tried(begin);
    const results = await readGroup(parts, endpoint, priority, read);
    const now = parts.clock.monotonic();
    let i = 0;
    for (const property of read.properties) {
      const result = results[i++];
      property.poll.finished(now);
      if (!property.desire.isProved) continue;
      if (result?.kind === "value") checkReadback(parts, property, { text: result.text });
      else if (result?.kind === "bad") checkReadback(parts, property, { error: result.error });
    }
  }
}

function isAwaited({ desire }: PropertyState): boolean {
  return desire.isVerifying;
}
