import type { Node, Taint } from "../cluster/index.ts";

const PREFIX = "node.kubernetes.io/";
const PRESSURES: readonly (readonly [type: string, taint: string])[] = [
  ["MemoryPressure", "memory-pressure"],
  ["DiskPressure", "disk-pressure"],
  ["PIDPressure", "pid-pressure"],
  ["NetworkUnavailable", "network-unavailable"],
];
const OWN: ReadonlySet<string> = new Set(
  ["not-ready", "unreachable", "unschedulable", ...PRESSURES.map(([, taint]) => taint)].map(
    (name) => `${PREFIX}${name}`,
  ),
);

/**
 * The taints that a node's conditions and its cordon call for, beside those that others set.
 * A node that never told anything gets none until it was waited for.
 */
export function taintsOf(node: Node, time: string): Taint[] {
  const { taints = [], unschedulable } = node.spec ?? {};
  const wanted = [...conditionTaints(node)];
  if (unschedulable === true) wanted.push(taint("unschedulable", "NoSchedule"));
  const others = taints.filter(({ key }) => !OWN.has(key));
  const own = wanted.map((each) => {
    const present = taints.find(({ key, effect }) => key === each.key && effect === each.effect);
    return present ?? { ...each, timeAdded: time };
  });
  return [...others, ...own];
}

function* conditionTaints({ status }: Node): Iterable<Taint> {
  const stateOf = (wanted: string) =>
    status?.conditions?.find(({ type }) => type === wanted)?.status;
  const ready = stateOf("Ready");
  if (ready === "False" || ready === "Unknown") {
    const name = ready === "False" ? "not-ready" : "unreachable";
    yield taint(name, "NoSchedule");
    yield taint(name, "NoExecute");
  }
  for (const [type, name] of PRESSURES) {
    if (stateOf(type) === "True") yield taint(name, "NoSchedule");
  }
}

function taint(name: string, effect: string): Taint {
  return { key: `${PREFIX}${name}`, effect };
}
