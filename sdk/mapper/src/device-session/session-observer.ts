import type { Sample } from "../values/sample.ts";
import type { OutcomeFacts } from "./desire.ts";

/** Hears how one device's work goes. Never throws. */
export interface SessionObserver {
  readDone(unit: string, result: "good" | "bad" | "lost", tookMs: number): void;
  /** Whether anybody hears samples now; where nobody does they are not made for it. */
  readonly hearsSamples: boolean;
  sampled(property: string, sample: Sample<string>): void;
  wrote(property: string, outcome: OutcomeFacts): void;
}

/** For where nobody watches. */
export const silentObserver: SessionObserver = {
  readDone: () => undefined,
  hearsSamples: false,
  sampled: () => undefined,
  wrote: () => undefined,
};
