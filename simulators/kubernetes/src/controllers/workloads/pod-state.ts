import type { Pod } from "../cluster/index.ts";

/** Counts as a replica: neither ended nor being deleted. */
export function isActive({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.phase !== "Succeeded" &&
    status?.phase !== "Failed"
  );
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === "True";
}

/** When the pod is, or will be, available if it stays ready; undefined while it is not ready. */
export function availableAtMs(pod: Pod, minReadySeconds = 0): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = Date.parse(readyCondition(pod)?.lastTransitionTime ?? "");
  return (Number.isNaN(sinceMs) ? 0 : sinceMs) + minReadySeconds * 1000;
}

export interface PodCounts {
  readonly pods: number;
  readonly ready: number;
  readonly available: number;
  /** When the next of the ready ones becomes available. */
  readonly nextAtMs: number | undefined;
}

export function countPods(pods: readonly Pod[], nowMs: number, minReadySeconds = 0): PodCounts {
  const active = pods.filter(isActive);
  const times = active.flatMap((pod) => availableAtMs(pod, minReadySeconds) ?? []);
  const later = times.filter((time) => time > nowMs);
  return {
    pods: active.length,
    ready: times.length,
    available: times.length - later.length,
    nextAtMs: later.length > 0 ? Math.min(...later) : undefined,
  };
}

function readyCondition({ status }: Pod) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
