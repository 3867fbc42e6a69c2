import type { JsonObject } from "../schema/index.ts";
import { humanDuration } from "./human-duration.ts";
import { at, listAt, numberAt, textAt } from "./read.ts";

/** Containers that are ready, of all. */
export function podReady(pod: JsonObject): string {
  const ready = listAt(pod, "status", "containerStatuses").filter((c) => at(c, "ready") === true);
  return `${ready.length}/${listAt(pod, "spec", "containers").length}`;
}

/** Restarts of all containers, and how long ago the last was. */
export function podRestarts(pod: JsonObject, now: number): string {
  const statuses = listAt(pod, "status", "containerStatuses");
  const restarts = statuses.reduce<number>((sum, c) => sum + numberAt(c, "restartCount"), 0);
  const ends = statuses
    .map((c) => Date.parse(textAt(c, "lastState", "terminated", "finishedAt")))
    .filter((ms) => !Number.isNaN(ms));
  if (restarts === 0 || ends.length === 0) return String(restarts);
  return `${restarts} (${humanDuration(now - Math.max(...ends))} ago)`;
}

/** The phase, or the more telling reason of a container that is not well. */
export function podStatus(pod: JsonObject): string {
  if (textAt(pod, "metadata", "deletionTimestamp")) return "Terminating";
  let status = textAt(pod, "status", "reason") || textAt(pod, "status", "phase");
  for (const container of [...listAt(pod, "status", "containerStatuses")].reverse()) {
    const waiting = textAt(container, "state", "waiting", "reason");
    const ended = at(container, "state", "terminated");
    if (waiting) status = waiting;
    else if (ended !== undefined) status = textAt(ended, "reason") || endText(ended);
  }
  return status;
}

function endText(ended: unknown): string {
  const signal = numberAt(ended, "signal");
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(ended, "exitCode")}`;
}
