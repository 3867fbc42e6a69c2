import type { IncomingHttpHeaders } from "node:http";

/** The header with which both ends say what they know beyond KubeEdge (additions.md). */
export const FEATURES_HEADER = "mapperkit-features";

/** What is used on one session; nothing for a stock edge. */
export interface Features {
  /** Several envelopes in one WebSocket frame, as a JSON array. */
  readonly frames: boolean;
  /** The edge says what it holds, so that only differences travel. */
  readonly compare: boolean;
  /** The edge stores messages for rules until it is told that they were delivered. */
  readonly rules?: boolean;
  /** The edge is ours: it takes desired values from Device objects. */
  readonly isOurs: boolean;
}

export function featuresOf(headers: IncomingHttpHeaders): Features {
  const header = headers[FEATURES_HEADER];
  const names = typeof header === "string" ? header.split(",").map((name) => name.trim()) : [];
  return {
    frames: names.includes("frames"),
    compare: names.includes("compare"),
    rules: names.includes("rules"),
    isOurs: header !== undefined,
  };
}

/** The answer: what the cloud will use; empty for a stock edge, which is sent no such header. */
export function featuresText({ frames, compare, rules }: Features): string {
  return [frames && "frames", compare && "compare", rules && "rules"].filter(Boolean).join(",");
}
