import { isJsonObject, type KubeObject, markDeleted, type World } from "../objects/index.ts";
import { parseStored } from "../store/index.ts";

const EVERY_MS = 30_000;
const EVENT_TTL_MS = 60 * 60_000;

/** Forgets old changes and expired events. */
export function startMaintenance(world: World): () => void {
  const { store } = world;
  let isStopped = false;
  let isCompacting = false;
  let versionBefore = store.version;
  const compact = () => {
    // A slice per turn, so that no request waits for all of them.
    isCompacting = !isStopped && store.compact();
    if (isCompacting) setImmediate(compact);
  };
  const unsubscribe = store.subscribe(() => {
    if (isCompacting || !store.isOverfull) return;
    isCompacting = true;
    setImmediate(compact);
  });
  const stop = world.clock.every(EVERY_MS, () => {
    if (!isCompacting) compact();
    expireEvents(world);
    if (store.version === versionBefore) store.shrink();
    versionBefore = store.version;
  });
  return () => {
    isStopped = true;
    unsubscribe();
    stop();
  };
}

/** An event is kept for an hour after it was last seen. */
export function expireEvents(world: World): void {
  const resource = world.registry.find("", "v1", "events");
  if (resource === undefined) return;
  const horizon = world.clock.now() - EVENT_TTL_MS;
  for (const stored of [...world.store.list(resource.storage)]) {
    if (lastSeen(parseStored(stored)) > horizon) continue;
    const { namespace, name } = stored;
    markDeleted(world, { resource, namespace, name }, stored);
  }
}

function lastSeen(event: KubeObject): number {
  const series = isJsonObject(event.series) ? event.series.lastObservedTime : undefined;
  const times = [
    event.metadata.creationTimestamp,
    event.lastTimestamp,
    event.eventTime,
    series,
  ].map((time) => (typeof time === "string" ? Date.parse(time) : Number.NaN));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}
