/** What a path was found to mean. */
export interface PathMatch<T> {
  readonly value: T;
  /** The segments at the places of `{name}`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The segments behind what the pattern names. */
  readonly remainder: readonly string[];
}

class Branch<T> {
  readonly words = new Map<string, Branch<T>>();
  any: Branch<T> | undefined;
  leaf: { readonly value: T; readonly names: readonly string[] } | undefined;
}

/**
 * Patterns of paths by segment. Of several that fit, the first segment in which they differ decides:
 * a word before a `{name}`, and either before none. Equal patterns: the first one added.
 */
export class PathTree<T> {
  readonly #root = new Branch<T>();

  /** False when the same pattern is there already. */
  add(pattern: string, value: T): boolean {
    let branch = this.#root;
    const names: string[] = [];
    for (const segment of segmentsOf(pattern)) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name !== undefined) {
        names.push(name);
        branch.any ??= new Branch();
        branch = branch.any;
      } else {
        const next = branch.words.get(segment) ?? new Branch<T>();
        branch.words.set(segment, next);
        branch = next;
      }
    }
    if (branch.leaf) return false;
    branch.leaf = { value, names };
    return true;
  }

  find(segments: readonly string[]): PathMatch<T> | undefined {
    return find(this.#root, segments, 0, []);
  }
}

/** Slashes at both ends mean nothing. */
export function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

function find<T>(
  branch: Branch<T>,
  segments: readonly string[],
  at: number,
  values: readonly string[],
): PathMatch<T> | undefined {
  const segment = segments[at];
  if (segment !== undefined) {
    const word = branch.words.get(segment);
    const deeper =
      (word && find(word, segments, at + 1, values)) ??
      (branch.any && segment !== ""
        ? find(branch.any, segments, at + 1, [...values, segment])
        : undefined);
    if (deeper) return deeper;
  }
  if (!branch.leaf) return undefined;
  const { value, names } = branch.leaf;
  const variables = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
  return { value, variables, remainder: segments.slice(at) };
}
