import type { MsgTwin } from "@mapperkit/api";
import { isLive, type PropertyTwin, toMessage } from "./property-twin.ts";

export interface Delta {
  readonly twin: Record<string, MsgTwin>;
  readonly delta: Record<string, string>;
}

/** What is desired and not reported; undefined when there is nothing of it (mqtt-topics §2.3). */
export function deltaOf(twin: ReadonlyMap<string, PropertyTwin>): Delta | undefined {
  const expecting: [string, MsgTwin][] = [];
  const delta: [string, string][] = [];
  for (const [property, held] of twin) {
    if (!isLive(held) || !held.expected?.value) continue;
    expecting.push([property, toMessage(held)]);
    if (held.expected.value !== held.actual?.value) delta.push([property, held.expected.value]);
  }
  if (delta.length === 0) return undefined;
  return { twin: Object.fromEntries(expecting), delta: Object.fromEntries(delta) };
}

/** Two deltas with the same key ask for the same; publishing the second would say nothing new. */
export function deltaKey({ delta }: Delta): string {
  return JSON.stringify(Object.entries(delta).sort(([a], [b]) => (a < b ? -1 : 1)));
}
