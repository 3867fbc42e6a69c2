import type { KubeObject } from "../kube/client/kube-object.ts";

/** What a Lease is for: who leads, who lives, who holds a node's session. */
export type LeaseRole = "leader" | "replica" | "session";

/** A Lease as replicas of cloudcore use it. */
export interface LeaseRecord {
  readonly role: LeaseRole;
  /** The node of a session, the replica that lives, or the name of what is led. */
  readonly subject: string;
  /** "" when nobody holds it. */
  readonly holder: string;
  /** Changes with each renewal; never compared with a clock, since clocks of replicas differ. */
  readonly renewTime: string;
  /** resourceVersion; absent on one that is not in Kubernetes yet. */
  readonly version?: string;
}

export const LEASE_NAMESPACE = "kubeedge";
export const ROLE_LABEL = "mapperkit.io/lease";
const ROLES: readonly LeaseRole[] = ["leader", "replica", "session"];

export function leaseName({ role, subject }: Pick<LeaseRecord, "role" | "subject">): string {
  return `cloudcore-${role}.${subject}`;
}

/** Undefined for a Lease of somebody else. */
export function readLease({ metadata, spec }: KubeObject): LeaseRecord | undefined {
  const label = (metadata.labels as Record<string, unknown> | undefined)?.[ROLE_LABEL];
  const role = ROLES.find((each) => each === label);
  const prefix = `cloudcore-${role}.`;
  if (!role || !metadata.name.startsWith(prefix)) return undefined;
  const { holderIdentity, renewTime } = (spec ?? {}) as Record<string, unknown>;
  return {
    role,
    subject: metadata.name.slice(prefix.length),
    holder: typeof holderIdentity === "string" ? holderIdentity : "",
    renewTime: typeof renewTime === "string" ? renewTime : "",
    ...(metadata.resourceVersion && { version: metadata.resourceVersion }),
  };
}

export function leaseObject(record: LeaseRecord, durationMs: number): KubeObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName(record),
      namespace: LEASE_NAMESPACE,
      labels: { [ROLE_LABEL]: record.role },
      ...(record.version && { resourceVersion: record.version }),
    },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      renewTime: record.renewTime,
    },
  };
}

/** A MicroTime: Kubernetes refuses fewer digits. */
export function microTime(now: number): string {
  return `${new Date(now).toISOString().slice(0, -1)}000Z`;
}
