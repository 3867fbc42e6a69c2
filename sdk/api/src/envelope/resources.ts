import type { DeviceId } from "../device/device-id.ts";

/** What `route.resource` names, as far as devices need it (cloudhub-wire §3.5). */
export type Resource =
  | { kind: "device"; namespace: string; name: string }
  | { kind: "devicemodel"; namespace: string; name: string }
  | { kind: "membership" }
  | { kind: "membershipDetail" }
  | { kind: "twinUpdate"; id: DeviceId }
  | { kind: "stateUpdate"; id: DeviceId }
  | { kind: "twinConfirm" }
  | { kind: "keepalive" }
  | { kind: "other"; resource: string };

export const resources = {
  /** The full Device object, cloud to edge. */
  device: (id: DeviceId): string => withType(id, "device"),
  deviceModel: (id: DeviceId): string => withType(id, "devicemodel"),
  membership: "membership",
  membershipDetail: "membership/detail",
  twinEdgeUpdated: (id: DeviceId): string => `device/${id}/twin/edge_updated`,
  stateUpdate: (id: DeviceId): string => `device/${id}/state/update`,
  /** The cloud's confirmation of what a device reported. */
  twin: "twin",
} as const;

/** Never throws: what is not known here is `other`. Ids without a namespace mean `default`. */
export function parseResource(resource: string): Resource {
  switch (resource) {
    case "membership":
      return { kind: "membership" };
    case "membership/detail":
      return { kind: "membershipDetail" };
    case "twin":
      return { kind: "twinConfirm" };
    case "node":
      return { kind: "keepalive" };
  }
  return parseObject(resource) ?? parseReport(resource) ?? { kind: "other", resource };
}

function parseObject(resource: string): Resource | undefined {
  const [namespace, type, name, rest] = resource.split("/");
  if (!namespace || !name || rest !== undefined) return undefined;
  if (type === "device" || type === "devicemodel") return { kind: type, namespace, name };
  return undefined;
}

const REPORTS = [
  { tail: "/twin/edge_updated", kind: "twinUpdate" },
  { tail: "/state/update", kind: "stateUpdate" },
] as const;

function parseReport(resource: string): Resource | undefined {
  if (!resource.startsWith("device/")) return undefined;
  for (const { tail, kind } of REPORTS) {
    if (!resource.endsWith(tail)) continue;
    const [first, second, rest] = resource.slice("device/".length, -tail.length).split("/");
    if (!first || second === "" || rest !== undefined) return undefined;
    return { kind, id: second === undefined ? `default/${first}` : `${first}/${second}` };
  }
  return undefined;
}

function withType(id: DeviceId, type: string): string {
  return id.replace("/", `/${type}/`);
}
