import { notAcceptable } from "../status/index.ts";

export type Shape =
  | "Table"
  | "PartialObjectMetadata"
  | "PartialObjectMetadataList"
  | "APIGroupDiscoveryList";

/** What the client wants to read. */
export interface Accepted {
  readonly format: "json" | "yaml";
  /** Undefined: the objects as they are. */
  readonly shape: Shape | undefined;
}

const JSON_TYPES = new Set(["application/json", "*/*", "application/*"]);
const META_VERSIONS = new Set(["v1", "v1beta1"]);

/**
 * Walks an Accept header; the first form that this server has wins. Protobuf is passed over: all
 * clients that ask for it take JSON too.
 * @throws StatusError 406 when nothing fits
 */
export function negotiate(accept: string | undefined, shapes: readonly Shape[]): Accepted {
  if (accept === undefined || accept.trim() === "") return { format: "json", shape: undefined };
  for (const clause of accept.split(",")) {
    const accepted = readClause(clause, shapes);
    if (accepted !== undefined) return accepted;
  }
  throw notAcceptable();
}

function readClause(clause: string, shapes: readonly Shape[]): Accepted | undefined {
  const [type = "", ...rest] = clause.split(";").map((part) => part.trim());
  const format = JSON_TYPES.has(type) ? "json" : type === "application/yaml" ? "yaml" : undefined;
  if (format === undefined) return undefined;
  const parameters = new Map(
    rest.map((part) => {
      const [key = "", value = ""] = part.split("=");
      return [key.trim(), value.trim()];
    }),
  );
  const as = parameters.get("as");
  if (as === undefined) return { format, shape: undefined };
  const shape = shapes.find((known) => known === as);
  return shape !== undefined && isVersionKnown(shape, parameters) ? { format, shape } : undefined;
}

function isVersionKnown(shape: Shape, parameters: ReadonlyMap<string, string>): boolean {
  const group = parameters.get("g") ?? "";
  const version = parameters.get("v") ?? "";
  if (shape === "APIGroupDiscoveryList") return group === "apidiscovery.k8s.io" && version === "v2";
  return group === "meta.k8s.io" && META_VERSIONS.has(version);
}
