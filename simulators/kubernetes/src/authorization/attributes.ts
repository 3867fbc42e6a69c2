import type { RequestPath } from "../requests/request-path.ts";

/** What a request wants to do, as rules are written about it. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** empty: cluster scope, or all namespaces */
  readonly namespace: string;
  /** empty: not one object in particular */
  readonly name: string;
  /** set for requests that are not about resources; the others above are then empty */
  readonly path?: string | undefined;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
};
const OF_ONE_NAME = /^metadata\.name=+([^,=]+)$/;

/** Finds out what a request is about. */
export function attributesOf(
  method: string,
  pathname: string,
  path: RequestPath,
  query: URLSearchParams,
): Attributes {
  if (path.kind !== "resource") {
    const none = { group: "", resource: "", subresource: "", namespace: "", name: "" };
    return { ...none, verb: method.toLowerCase().replace("head", "get"), path: pathname };
  }
  const { group, namespace, plural, subresource = "" } = path.resource;
  const isRead = method === "GET" || method === "HEAD";
  const named = OF_ONE_NAME.exec(query.get("fieldSelector") ?? "")?.[1] ?? "";
  const name = path.resource.name ?? (isRead || method === "DELETE" ? named : "");
  const isNamespace = group === "" && plural === "namespaces";
  return {
    verb: verbOf(method, path.resource.name !== undefined, query),
    group,
    resource: plural,
    subresource,
    namespace: isNamespace ? name : namespace,
    name,
  };
}

function verbOf(method: string, isNamed: boolean, query: URLSearchParams): string {
  if (method === "DELETE") return isNamed ? "delete" : "deletecollection";
  if (method !== "GET" && method !== "HEAD") return VERBS[method] ?? method.toLowerCase();
  if (isNamed) return "get";
  return /^(1|t|true)$/i.test(query.get("watch") ?? "") ? "watch" : "list";
}
