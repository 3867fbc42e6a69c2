import { type Envelope, MapperkitError } from "@mapperkit/api";
import type { NodeKind, NodeObject } from "./node-objects.ts";

/** What an edge asks of its own Node or Lease (edged-pods.md §7.2). */
export type NodeRequest =
  | { readonly verb: "insert" | "update"; readonly kind: NodeKind; readonly object: NodeObject }
  | { readonly verb: "query"; readonly kind: NodeKind }
  | { readonly verb: "patch"; readonly patch: object };

const KINDS: ReadonlySet<string> = new Set(["node", "lease", "nodepatch"]);

/** The name of the Node that a message is about; undefined when it is about something else. */
export function nodeNameIn(resource: string): string | undefined {
  const [, type = "", name, rest] = resource.split("/");
  return KINDS.has(type) && rest === undefined ? name : undefined;
}

/** @throws MapperkitError `invalid_input` or `unsupported` */
export function parseNodeRequest({ route, content }: Envelope): NodeRequest {
  const [, type = "", name = ""] = (route.resource ?? "").split("/");
  const { operation } = route;
  if (type === "nodepatch" && operation === "patch")
    return { verb: "patch", patch: asPatch(content) };
  if (type === "node" || type === "lease") {
    const kind: NodeKind = type;
    if (operation === "query") return { verb: "query", kind };
    const isWrite = operation === "insert" || (operation === "update" && kind === "lease");
    if (isWrite) return { verb: operation, kind, object: asObject(content, name) };
  }
  throw new MapperkitError("unsupported", `operation ${operation} of ${type}: not served`);
}

function asObject(content: unknown, name: string): NodeObject {
  const object = parseJson(content) as { metadata?: unknown } | null;
  const metadata = object?.metadata;
  if (typeof metadata !== "object" || metadata === null) {
    throw new MapperkitError("invalid_input", "content: expected an object with metadata");
  }
  const { creationTimestamp, ...known } = metadata as Record<string, unknown>;
  // Go says null for a time that is not set.
  const times = creationTimestamp ? { creationTimestamp } : {};
  return { ...object, metadata: { ...known, ...times, name } };
}

function asPatch(content: unknown): object {
  const patch = parseJson(content);
  if (typeof patch === "object" && patch !== null && !Array.isArray(patch)) return patch;
  throw new MapperkitError("invalid_input", "content: expected a patch as JSON in a string");
}

/** KubeEdge's edge sends patches as strings. */
function parseJson(content: unknown): unknown {
  if (typeof content !== "string") return content;
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new MapperkitError("invalid_input", "content: not JSON", { cause });
  }
}
