import { MapperkitError } from "@mapperkit/api";

const BY_URI = /^nsu=([^;]+);(.+)$/;
const BY_INDEX = /^ns=(\d+);/;

/**
 * A node's id as this server numbers its namespaces: `nsu=URI;s=…` becomes `ns=…;s=…`. The numbers
 * may change with each start of a server, the URIs do not.
 * @throws MapperkitError `rejected` with reason `illegalAddress`
 */
export function inServersNames(nodeId: string, namespaces: readonly string[]): string {
  const [, uri, rest] = BY_URI.exec(nodeId) ?? [];
  if (uri === undefined) {
    const index = Number(BY_INDEX.exec(nodeId)?.[1] ?? 0);
    if (namespaces.length === 0 || index < namespaces.length) return nodeId;
    throw unknown(nodeId, `namespace ${index}`, namespaces);
  }
  const index = namespaces.indexOf(uri);
  if (index < 0) throw unknown(nodeId, `namespace ${uri}`, namespaces);
  return index === 0 ? String(rest) : `ns=${index};${rest}`;
}

function unknown(nodeId: string, what: string, namespaces: readonly string[]): MapperkitError {
  const known = namespaces.map((uri, index) => `${index} ${uri}`).join(", ");
  const message = `nodeId is ${nodeId}, but the server has no ${what}; it has ${known}`;
  return new MapperkitError("rejected", message, { details: { reason: "illegalAddress", nodeId } });
}
