/** What a URL below /api or /apis is about. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  /** empty for cluster scope and for lists over all namespaces */
  readonly namespace: string;
  readonly plural: string;
  /** undefined for the collection */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** A part of discovery: all groups, one group, or one version of a group. */
export interface DiscoveryPath {
  readonly root: "api" | "apis";
  readonly group: string | undefined;
  readonly version: string | undefined;
}

export type RequestPath =
  | { readonly kind: "resource"; readonly resource: ResourcePath }
  | { readonly kind: "discovery"; readonly discovery: DiscoveryPath }
  | { readonly kind: "other"; readonly segments: readonly string[] };

const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/** Splits a URL's path. Never throws: what cannot be read is of kind `other`. */
export function parsePath(pathname: string): RequestPath {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return { kind: "other", segments: [] };
  const [root, ...rest] = segments;
  if (root === "api") return belowVersion("api", "", rest, segments);
  if (root === "apis" && rest.length > 0) {
    const [group = "", ...more] = rest;
    return belowVersion("apis", group, more, segments);
  }
  if (root === "apis") return discovery("apis", undefined, undefined);
  return { kind: "other", segments };
}

function belowVersion(
  root: "api" | "apis",
  group: string,
  rest: readonly string[],
  segments: readonly string[],
): RequestPath {
  const [version, ...path] = rest;
  if (version === undefined) return discovery(root, root === "api" ? undefined : group, undefined);
  if (path.length === 0) return discovery(root, group, version);
  const resource = readResource(group, version, path);
  return resource === undefined ? { kind: "other", segments } : { kind: "resource", resource };
}

function readResource(
  group: string,
  version: string,
  path: readonly string[],
): ResourcePath | undefined {
  const [first, second, third] = path;
  const isInNamespace =
    first === "namespaces" &&
    second !== undefined &&
    third !== undefined &&
    !(path.length === 3 && NAMESPACE_SUBRESOURCES.has(third));
  const [plural, name, subresource, ...surplus] = isInNamespace ? path.slice(2) : path;
  if (plural === undefined || surplus.length > 0) return undefined;
  const namespace = isInNamespace ? second : "";
  return { group, version, namespace, plural, name, subresource };
}

function discovery(
  root: "api" | "apis",
  group: string | undefined,
  version: string | undefined,
): RequestPath {
  return { kind: "discovery", discovery: { root, group, version } };
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    return pathname
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
