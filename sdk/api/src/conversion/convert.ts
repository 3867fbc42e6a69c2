import { isObject, type Json } from "./json.ts";
import { carryLeftovers, readLeftovers, type Version } from "./leftovers/carried-leftovers.ts";
import { findLeftovers, restoreLeftovers, type Shape } from "./leftovers/leftovers.ts";

const GROUP = "devices.kubeedge.io";

/** How one kind's forms map to each other, as far as both can say the same. Pure and total. */
export interface Mapping {
  toV1beta1(spec: Json): Json;
  toV1alpha2(spec: Json): Json;
  shapes: Readonly<Record<Version, Shape>>;
}

/**
 * Converts an object between v1alpha2 and v1beta1 without loss: what the other version cannot say
 * travels with the object (device-api.md 7) and returns on the way back. Never throws and never
 * changes its argument; what is not of these two versions comes back as it is.
 */
export function convert(object: unknown, desiredApiVersion: string, mapping: Mapping): unknown {
  if (!isObject(object)) return object;
  const from = versionOf(object.apiVersion);
  const to = versionOf(desiredApiVersion);
  if (!from || !to || from === to) return object;

  const body = bodyOf(object);
  const own = mapTo(mapping, to, body);
  // Too deep to be walked: only a hostile object is, and it is converted without its leftovers.
  const { value, items } = attempt(() => {
    const value = restoreLeftovers(own, readLeftovers(object, to), mapping.shapes[to]);
    const back = mapTo(mapping, from, value);
    return { value, items: findLeftovers(back, body, mapping.shapes[from]) };
  }) ?? { value: own, items: [] };

  const frame: Json = { ...object, apiVersion: desiredApiVersion };
  const shared = Object.fromEntries(Object.entries(frame).filter(([key]) => FRAME.has(key)));
  // Last too: a leftover is anybody's to write, and must not reach the metadata.
  const result = { ...shared, ...value, ...shared };
  return attempt(() => carryLeftovers(result, from, items)) ?? result;
}

const FRAME: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** All but the frame, which both versions share, and what conversion itself has added. */
function bodyOf(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).filter(([key]) => !FRAME.has(key) && key !== "conversion"),
  );
}

function mapTo(mapping: Mapping, version: Version, body: Json): Json {
  return version === "v1beta1" ? mapping.toV1beta1(body) : mapping.toV1alpha2(body);
}

function versionOf(apiVersion: unknown): Version | undefined {
  if (apiVersion === `${GROUP}/v1alpha2`) return "v1alpha2";
  return apiVersion === `${GROUP}/v1beta1` ? "v1beta1" : undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
