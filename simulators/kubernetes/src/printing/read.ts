import { isObject, type JsonObject } from "../schema/index.ts";

/** The member at a path of names; undefined where there is none. */
export function at(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (one, name) => (isObject(one) && Object.hasOwn(one, name) ? one[name] : undefined),
    value,
  );
}

/** The text there; empty when it is something else. */
export function textAt(value: unknown, ...names: readonly string[]): string {
  const found = at(value, ...names);
  return typeof found === "string" ? found : "";
}

/** The number there; 0 when it is something else. */
export function numberAt(value: unknown, ...names: readonly string[]): number {
  const found = at(value, ...names);
  return typeof found === "number" ? found : 0;
}

/** The list there; empty when it is something else. */
export function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = at(value, ...names);
  return Array.isArray(found) ? found : [];
}

/** The object there; empty when it is something else. */
export function objectAt(value: unknown, ...names: readonly string[]): JsonObject {
  const found = at(value, ...names);
  return isObject(found) ? found : {};
}

/** `a=b,c=d` in order of names; `<none>` without any. */
export function labelsText(labels: JsonObject): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${String(labels[name])}`);
  return pairs.length > 0 ? pairs.join(",") : "<none>";
}
