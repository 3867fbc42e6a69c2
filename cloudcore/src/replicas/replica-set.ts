import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Component } from "@mapperkit/runtime";
import type { ReflectorParts } from "../kube/index.ts";
import { KubeLeases, leaseReflector } from "./kube-leases.ts";
import { LeaderElection } from "./leader-election.ts";
import { SessionRegistry } from "./session-registry.ts";

/** Who of several cloudcores answers for a node, and who does what only one may. */
export interface Replicas {
  readonly parts: readonly Component[];
  readonly isLeader: boolean;
  /** Whether this replica writes what concerns the node; "" is the devices without one. */
  owns(node: string): boolean;
  connected(node: string): void;
  disconnected(node: string): void;
}

/** A cloudcore that is alone. */
export const alone: Replicas = {
  parts: [],
  isLeader: true,
  owns: () => true,
  connected: () => {},
  disconnected: () => {},
};

/** One of several, which share nothing but Kubernetes. */
export function createReplicas(
  options: ReflectorParts & {
    onMoved: (node: string, holder: string) => void;
    onOwnershipChanged: (node: string | undefined) => void;
  },
): Replicas {
  const replica = `${hostname().toLowerCase()}-${randomBytes(4).toString("hex")}`;
  const leases = new KubeLeases(options.client);
  const election = new LeaderElection({
    ...options,
    replica,
    leases,
    onChange: () => options.onOwnershipChanged(undefined),
  });
  const sessions = new SessionRegistry({
    ...options,
    replica,
    leases,
    onChange: options.onOwnershipChanged,
  });
  return {
    parts: [sessions, leaseReflector(options, sessions), election],
    get isLeader() {
      return election.isLeader;
    },
    owns: (node) => {
      if (sessions.isHere(node)) return sessions.isSettledHere(node);
      return election.isLeader && !sessions.isElsewhere(node);
    },
    connected: (node) => sessions.connected(node),
    disconnected: (node) => sessions.disconnected(node),
  };
}
