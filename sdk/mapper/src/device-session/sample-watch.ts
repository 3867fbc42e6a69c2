import type { Endpoint } from "../endpoint/endpoint.ts";
import type { PropertyState } from "./property-state.ts";
import type { SessionParts } from "./session-parts.ts";
import { tellSample } from "./tell-sample.ts";

/** An edge that is reached tells its twins in less. */
const RECALL_MS = 2000;
const BEFORE_LINK = Number.MAX_VALUE;
const DONE = Number.POSITIVE_INFINITY;

/**
 * Looks after the samples that no answer of the device looks after: what grows stale, what is to be
 * told again though it is not read in its cycle, what was never read.
 */
export class SampleWatch {
  #lookAt = 0;
  /** When what the twins held before counts as heard. */
  #twinsKnownAt = BEFORE_LINK;

  /** When to look next. */
  get nextAt(): number {
    return Math.min(this.#lookAt, this.#twinsKnownAt);
  }

  /** What the twins held before has been heard, or there was nothing. */
  get knowsTwins(): boolean {
    return this.#twinsKnownAt === DONE;
  }

  /** Something has changed in when to look. */
  lookSoon(): void {
    this.#lookAt = 0;
  }

  linkUp(now: number): void {
    if (this.#twinsKnownAt === BEFORE_LINK) this.#twinsKnownAt = now + RECALL_MS;
  }

  look(
    parts: SessionParts,
    properties: ReadonlyMap<string, PropertyState>,
    endpoint: Endpoint | undefined,
    now: number,
  ): void {
    if (now >= this.#twinsKnownAt) this.#tellWithoutValue(parts, properties);
    if (now < this.#lookAt) return;
    this.#lookAt = DONE;
    for (const property of properties.values()) {
      const isUp = endpoint?.unit(property.plan.unit).state === "online";
      this.#lookAt = Math.min(this.#lookAt, lookAfter(parts, property, isUp, now));
    }
  }

  /** The twins have had time to be heard: what has no value by now has none. */
  #tellWithoutValue(parts: SessionParts, properties: ReadonlyMap<string, PropertyState>): void {
    this.#twinsKnownAt = DONE;
    for (const property of properties.values()) {
      property.isTwinKnown = true;
      const { sample } = property.poll;
      if (sample && sample.value === undefined) tellSample(parts, property, sample);
    }
  }
}

/** Returns when to look at it again. */
function lookAfter(
  parts: SessionParts,
  property: PropertyState,
  isUp: boolean,
  now: number,
): number {
  const { poll, report } = property;
  const stale = poll.becomesStale(now);
  if (stale) tellSample(parts, property, stale);
  // A sample of any later read is stale no earlier than this.
  const staleAt = poll.staleAt ?? now + poll.staleAfterMs;
  const isUnread = poll.isSubscribed || poll.isKnownSilent;
  if (!poll.sample || !isUnread || !isUp) return staleAt;
  if (now >= report.toldAgainAt) tellSample(parts, property, poll.sample);
  return Math.min(staleAt, Math.max(report.toldAgainAt, now + 1));
}
