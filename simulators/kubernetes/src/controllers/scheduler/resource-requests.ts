import { isJsonObject } from "../../objects/index.ts";
import { Quantity } from "../../schema/rules/library/quantity.ts";
import type { Node, Pod } from "../cluster/index.ts";

type Amounts = ReadonlyMap<string, bigint>;

/** The resources that the node has too little of, beside what its pods asked for. */
export function shortages(pod: Pod, node: Node, others: readonly Pod[]): string[] {
  const { allocatable } = node.status ?? {};
  if (allocatable === undefined) return [];
  const faults: string[] = [];
  const most = amountOf(allocatable.pods);
  if (most !== undefined && BigInt(others.length + 1) * BILLION > most)
    faults.push("Too many pods");
  for (const [name, asked] of requestsOf(pod)) {
    if (asked === 0n) continue;
    const used = others.reduce((sum, other) => sum + (requestsOf(other).get(name) ?? 0n), 0n);
    if (used + asked > (amountOf(allocatable[name]) ?? 0n)) faults.push(`Insufficient ${name}`);
  }
  return faults;
}

/** Amounts are in billionths. */
const BILLION = 1_000_000_000n;

/** Containers run together; init containers one after another, before them. */
function requestsOf({ spec }: Pod): Amounts {
  const total = new Map<string, bigint>();
  for (const container of spec.containers ?? []) {
    for (const [name, amount] of requested(container)) {
      total.set(name, (total.get(name) ?? 0n) + amount);
    }
  }
  for (const container of spec.initContainers ?? []) {
    for (const [name, amount] of requested(container)) {
      if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
    }
  }
  return total;
}

/** What has a limit and no request asks for its limit. */
function requested({ resources }: Record<string, unknown>): [string, bigint][] {
  if (!isJsonObject(resources)) return [];
  const { limits, requests } = resources;
  const all = {
    ...(isJsonObject(limits) ? limits : {}),
    ...(isJsonObject(requests) ? requests : {}),
  };
  return Object.entries(all).map(([name, amount]) => [name, amountOf(amount) ?? 0n]);
}

function amountOf(value: unknown): bigint | undefined {
  return Quantity.parse(typeof value === "number" ? String(value) : String(value ?? ""))?.nanos;
}
