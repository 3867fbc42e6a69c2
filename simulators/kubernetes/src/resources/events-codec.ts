import type { JsonObject, KubeObject } from "../objects/kube-object.ts";
import type { Codec } from "./served-resource.ts";

/** Members that core/v1 and events.k8s.io/v1 call differently: `[stored, served]`. */
const RENAMED: readonly (readonly [stored: string, served: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** Events are stored as core/v1 has them; this is the view of events.k8s.io/v1. */
export const eventsV1Codec: Codec = {
  isIdentity: false,
  fromStored: (objects) =>
    Promise.resolve(objects.map((event) => rename(event, RENAMED, "events.k8s.io/v1"))),
  toStored: (event) =>
    Promise.resolve(
      rename(
        event,
        RENAMED.map(([stored, served]) => [served, stored] as const),
        "v1",
      ),
    ),
};

function rename(
  event: KubeObject,
  names: readonly (readonly [from: string, to: string])[],
  apiVersion: string,
): KubeObject {
  const to = new Map(names);
  const renamed: JsonObject = {};
  for (const [key, value] of Object.entries(event)) renamed[to.get(key) ?? key] = value;
  return { ...renamed, apiVersion, kind: event.kind, metadata: event.metadata };
}
