import type { JsonObject } from "../schema/index.ts";
import { at, listAt, objectAt, textAt } from "./read.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

/** `Ready`, `NotReady` or `Unknown`, and whether it is cordoned. */
export function nodeStatus(node: JsonObject): string {
  const ready = listAt(node, "status", "conditions").find((c) => textAt(c, "type") === "Ready");
  const states = [
    ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady",
  ];
  if (at(node, "spec", "unschedulable") === true) states.push("SchedulingDisabled");
  return states.join(",");
}

/** The roles its labels name, sorted. */
export function nodeRoles(node: JsonObject): string {
  const labels = objectAt(node, "metadata", "labels");
  const roles = new Set<string>();
  for (const [name, value] of Object.entries(labels)) {
    if (name.startsWith(ROLE_PREFIX) && name !== ROLE_PREFIX) {
      roles.add(name.slice(ROLE_PREFIX.length));
    } else if (name === "kubernetes.io/role" && typeof value === "string" && value !== "") {
      roles.add(value);
    }
  }
  return [...roles].sort().join(",") || "<none>";
}

export function nodeAddress(type: string): (node: JsonObject) => string {
  return (node) => {
    const found = listAt(node, "status", "addresses").find((a) => textAt(a, "type") === type);
    return textAt(found, "address") || "<none>";
  };
}

export function nodeInfo(name: string): (node: JsonObject) => string {
  return (node) => textAt(node, "status", "nodeInfo", name) || "<unknown>";
}
