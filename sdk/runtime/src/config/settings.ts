import { MapperkitError } from "@mapperkit/api";

export type SettingPath = readonly string[];

interface Setting {
  readonly path: SettingPath;
  readonly value: unknown;
  readonly source: string;
}

/** Values by their place in the config, each with where it came from. Later ones win. */
export class Settings {
  readonly #settings: Setting[] = [];
  readonly #unknown: string[] = [];

  set(path: SettingPath, value: unknown, source: string): void {
    this.#settings.push({ path, value, source });
  }

  addUnknown(path: SettingPath, knownKeys: readonly string[], source: string): void {
    const known = knownKeys.length > 0 ? `, known here are ${knownKeys.join(", ")}` : "";
    this.#unknown.push(`${path.join(".")}: no such setting${known} (from ${source})`);
  }

  /** @throws MapperkitError `invalid_input` naming the keys that the schema does not have */
  throwIfUnknown(): void {
    if (this.#unknown.length === 0) return;
    throw new MapperkitError("invalid_input", `bad config: ${this.#unknown.join("; ")}`);
  }

  /** Where the value at `path`, or the part of the config around it, was set last. */
  sourceOf(path: SettingPath): string | undefined {
    return this.#settings.findLast((setting) => isWithin(path, setting.path))?.source;
  }

  toValue(): Record<string, unknown> {
    const root: Record<string, unknown> = {};
    for (const { path, value } of this.#settings) place(root, path, value);
    return root;
  }
}

function isWithin(path: SettingPath, outer: SettingPath): boolean {
  return outer.length <= path.length && outer.every((key, index) => path[index] === key);
}

function place(root: Record<string, unknown>, path: SettingPath, value: unknown): void {
  let parent = root;
  for (const key of path.slice(0, -1)) {
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
    const next = isPlainObject(child) ? child : {};
    define(parent, key, next);
    parent = next;
  }
  const last = path.at(-1);
  if (last !== undefined) define(parent, last, value);
}

/** Defined, not assigned: a key named `__proto__` must stay a key. */
function define(parent: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(parent, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
