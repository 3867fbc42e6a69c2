import { isObject, type JsonObject } from "../schema/index.ts";

/** Deeper ownership is not kept: no schema goes there. */
const MAX_DEPTH = 300;

/** A path through an object, each element in FieldsV1's spelling: `f:spec`, `k:{"name":"a"}`. */
export type FieldPath = readonly string[];

/**
 * A set of fields, as FieldsV1 holds it: a tree of path elements whose nodes may be owned
 * themselves (`.`). Values are never changed once built by `Builder`.
 * @see sigs.k8s.io/structured-merge-diff/fieldpath
 */
export class FieldSet {
  static readonly EMPTY: FieldSet = new FieldSet(false, new Map());

  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;

  constructor(isMember: boolean, children: ReadonlyMap<string, FieldSet>) {
    this.isMember = isMember;
    this.children = children;
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0;
  }

  union(other: FieldSet): FieldSet {
    const children = new Map(this.children);
    for (const [element, node] of other.children) {
      children.set(element, children.get(element)?.union(node) ?? node);
    }
    return new FieldSet(this.isMember || other.isMember, children);
  }

  /** The members of this set that are not members of `other`. */
  difference(other: FieldSet): FieldSet {
    if (this.#sharesNothingWith(other)) return this;
    return this.#map((node, element) => {
      const there = other.children.get(element);
      return there ? node.difference(there) : node;
    }, this.isMember && !other.isMember);
  }

  /** The members of both. */
  intersection(other: FieldSet): FieldSet {
    return this.#map((node, element) => {
      const there = other.children.get(element);
      return there ? node.intersection(there) : FieldSet.EMPTY;
    }, this.isMember && other.isMember);
  }

  /** The set without the top-level elements that `keep` refuses, whole. */
  filterTop(keep: (element: string) => boolean): FieldSet {
    return this.#map((node, element) => (keep(element) ? node : FieldSet.EMPTY), this.isMember);
  }

  #map(change: (node: FieldSet, element: string) => FieldSet, isMember: boolean): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, node] of this.children) {
      const changed = change(node, element);
      if (!changed.isEmpty) children.set(element, changed);
    }
    return new FieldSet(isMember, children);
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** The members' paths, sorted. */
  paths(prefix: FieldPath = []): FieldPath[] {
    const below = this.#sorted().flatMap(([element, node]) => node.paths([...prefix, element]));
    return this.isMember ? [prefix, ...below] : below;
  }

  /** FieldsV1. */
  toFields(): JsonObject {
    const fields: JsonObject = {};
    if (this.isMember && this.children.size > 0) fields["."] = {};
    for (const [element, node] of this.#sorted()) fields[element] = node.toFields();
    return fields;
  }

  /** The usual case: what one writer owns, another does not change. */
  #sharesNothingWith(other: FieldSet): boolean {
    if (this.isMember && other.isMember) return false;
    for (const element of other.children.keys()) if (this.children.has(element)) return false;
    return true;
  }

  #sorted(): [string, FieldSet][] {
    return [...this.children].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Reads FieldsV1; what is not FieldsV1 is left out. */
export function readFields(fields: unknown, depth = 0): FieldSet {
  if (!isObject(fields) || depth > MAX_DEPTH) return FieldSet.EMPTY;
  const children = new Map<string, FieldSet>();
  for (const [element, below] of Object.entries(fields)) {
    if (!/^[fkvi]:/.test(element)) continue;
    const node = readFields(below, depth + 1);
    children.set(element, node.isEmpty ? new FieldSet(true, new Map()) : node);
  }
  return new FieldSet(Object.hasOwn(fields, "."), children);
}

/** Gathers members one by one. */
export class FieldSetBuilder {
  #isMember = false;
  readonly #children = new Map<string, FieldSetBuilder>();

  child(element: string): FieldSetBuilder {
    let child = this.#children.get(element);
    if (!child) {
      child = new FieldSetBuilder();
      this.#children.set(element, child);
    }
    return child;
  }

  insert(): void {
    this.#isMember = true;
  }

  build(): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, builder] of this.#children) {
      const node = builder.build();
      if (!node.isEmpty) children.set(element, node);
    }
    return new FieldSet(this.#isMember, children);
  }
}

/** A path as messages show it: `.spec.list[name="a"].x`. */
export function showPath(path: FieldPath): string {
  return path.map(showElement).join("");
}

function showElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith("f:")) return `.${text}`;
  if (element.startsWith("i:")) return `[${text}]`;
  if (element.startsWith("v:")) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
}
