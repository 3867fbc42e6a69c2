import type { Pod } from "../cluster/index.ts";
import { isReady } from "../workloads/index.ts";

const PHASES = ["Pending", "Unknown", "Running"];

/** Those first that are missed least: not yet placed, not running, not ready, the youngest. */
export function byLoss(a: Pod, b: Pod): number {
  return (
    Number(a.spec.nodeName !== undefined) - Number(b.spec.nodeName !== undefined) ||
    phase(a) - phase(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "") ||
    (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "")
  );
}

function phase({ status }: Pod): number {
  return PHASES.indexOf(status?.phase ?? "Pending");
}
