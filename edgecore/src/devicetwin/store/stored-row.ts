import { isQuality, type PropertyTwin, type SideValue } from "../update/property-twin.ts";
import type { DeviceRecord } from "./twin-store.ts";

/** The body of a twin's row; undefined if it is none, as after damage that SQLite cannot see. */
export function readTwin(body: unknown): PropertyTwin | undefined {
  const twin = jsonObject(body);
  return isTwin(twin) ? twin : undefined;
}

export function isTwin(twin: unknown): twin is PropertyTwin {
  if (!isObject(twin)) return false;
  return (
    typeof twin.type === "string" &&
    typeof twin.optional === "boolean" &&
    isSide(twin.expected) &&
    isSide(twin.actual) &&
    isVersion(twin.expectedVersion) &&
    isVersion(twin.actualVersion)
  );
}

/** What a device's row holds beside its columns; nothing of it if it cannot be read. */
export function readDetails(text: unknown): Pick<DeviceRecord, "attributes"> {
  return text === "{}" ? {} : (jsonObject(text) ?? {});
}

/** A sample that cannot be read keeps its place in the order, with an empty value of quality Bad. */
export function readSample(body: unknown): SideValue {
  const sample = jsonObject(body);
  if (sample && isSide(sample)) return sample;
  return { value: "", metadata: { timestamp: 0, quality: "Bad", reason: "NotReadable" } };
}

function isSide(value: unknown): value is SideValue | undefined {
  if (value === undefined) return true;
  if (!isObject(value) || typeof value.value !== "string" || !isObject(value.metadata))
    return false;
  const { timestamp, quality } = value.metadata;
  return typeof timestamp === "number" && (quality === undefined || isQuality(quality));
}

function isVersion(value: unknown): boolean {
  if (value === undefined) return true;
  return isObject(value) && Number.isFinite(value.cloud) && Number.isFinite(value.edge);
}

export function jsonObject(text: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
