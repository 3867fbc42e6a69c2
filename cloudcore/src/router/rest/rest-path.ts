import { RestProblem } from "./rest-problem.ts";

/** `/{node}/{namespace}/{path…}?query` */
export interface RestPath {
  readonly node: string;
  readonly namespace: string;
  /** As they were sent, and as they are meant. */
  readonly raw: readonly string[];
  readonly segments: readonly string[];
  /** With its `?`; empty when there is none. */
  readonly query: string;
}

/** @throws RestProblem 400 */
export function parseRestPath(target: string): RestPath {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const parts = path.replace(/^\/+|\/+$/g, "").split("/");
  const meant = parts.map(decoded);
  const [node = "", namespace = "", ...segments] = meant;
  if (node === "" || namespace === "") {
    throw new RestProblem(404, "request", "the path must be /{node}/{namespace}/{path of a rule}");
  }
  const raw = parts.slice(2);
  return { node, namespace, raw, segments, query: mark < 0 ? "" : target.slice(mark) };
}

function decoded(part: string): string {
  try {
    const text = decodeURIComponent(part);
    // An application might follow them out of the rule's path.
    if (text !== "." && text !== ".." && !/[\0\r\n]/.test(text)) return text;
  } catch {
    // A lone %: told below.
  }
  throw new RestProblem(400, "request", `${JSON.stringify(part)} cannot be a segment of a path`);
}
