import type { Environment } from "@marcbachmann/cel-js";

type Ordered = bigint | number | string | boolean;

/** Lists as Kubernetes extends CEL's. @see k8s.io/apiserver/pkg/cel/library/lists.go */
export function addListFunctions(env: Environment): void {
  env.registerFunction("list.isSorted(): bool", (list: unknown[]) =>
    list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0),
  );
  env.registerFunction("list.sum(): dyn", sum);
  env.registerFunction("list.min(): dyn", (list: unknown[]) => extreme(list, -1));
  env.registerFunction("list.max(): dyn", (list: unknown[]) => extreme(list, 1));
  env.registerFunction("list.indexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findIndex((one) => compare(one, item) === 0)),
  );
  env.registerFunction("list.lastIndexOf(dyn): int", (list: unknown[], item: unknown) =>
    BigInt(list.findLastIndex((one) => compare(one, item) === 0)),
  );
  env.registerFunction(
    "list.slice(int, int): list",
    (list: unknown[], from: bigint, to: bigint) => {
      if (from < 0n || to > BigInt(list.length) || from > to) {
        throw new Error(`cannot slice(${from}, ${to}), list is length ${list.length}`);
      }
      return list.slice(Number(from), Number(to));
    },
  );
  env.registerFunction("list.reverse(): list", (list: unknown[]) => [...list].reverse());
  env.registerFunction("list.distinct(): list", distinct);
  env.registerFunction("list.flatten(): list", (list: unknown[]) => list.flat());
  env.registerFunction("list.sort(): list", (list: unknown[]) => [...list].sort(compare));
}

function sum(list: unknown[]): unknown {
  if (list.length === 0) return 0n;
  return list.reduce((total, item) => {
    if (typeof total === "bigint" && typeof item === "bigint") return total + item;
    if (typeof total === "number" && typeof item === "number") return total + item;
    throw new Error("no such overload: sum");
  });
}

function distinct(list: unknown[]): unknown[] {
  return list.filter((item, i) => list.findIndex((one) => compare(one, item) === 0) === i);
}

function extreme(list: readonly unknown[], sign: number): unknown {
  if (list.length === 0) throw new Error(`${sign < 0 ? "min" : "max"} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

/** Equal scalars compare as 0; so do structures of equal JSON. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === "object" && typeof b === "object") return textOf(a) === textOf(b) ? 0 : -1;
  if ((a as Ordered) < (b as Ordered)) return -1;
  return (a as Ordered) > (b as Ordered) ? 1 : 0;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "bigint" ? `${inner}n` : inner,
  );
}
