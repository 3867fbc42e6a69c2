import type { Device } from "@mapperkit/api";
import { known } from "../fact.ts";
import type { Gathered, Step } from "../road.ts";
import { conditionOf } from "./condition-of.ts";

export function nodeStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  if (!device) return { step: "node", standing: "unknown", says: "without the Device" };
  const name = device.spec?.nodeName;
  if (!name) {
    const says = "spec.nodeName names no edge node";
    return { step: "node", standing: "stands", says, do: "name the node that has the device" };
  }
  const { node: fact, lease } = gathered;
  const renewed = known(lease)?.renewTime;
  const beat = renewed ? `; its lease was renewed at ${renewed}, by its own clock` : "";
  if (fact.kind === "unknown") return { step: "node", standing: "unknown", says: fact.why };
  if (fact.kind === "absent") return missingNode(device, name);
  const { ready, message, since } = fact.value;
  if (ready === "True") {
    return { step: "node", standing: "open", says: `node ${name} is Ready${beat}` };
  }
  return {
    step: "node",
    standing: "stands",
    says: `node ${name} is not Ready: ${message}${beat}`,
    ...(since && { since }),
    do: `on ${name}: see that edgecore runs and reaches the cloud (mapperkit edge status)`,
  };
}

function missingNode(device: Device, name: string): Step {
  if (conditionOf(device, "Reachable")?.status === "True") {
    const says = `node ${name} is connected without a Node in Kubernetes`;
    return { step: "node", standing: "open", says };
  }
  return {
    step: "node",
    standing: "stands",
    says: `there is no Node ${name} in Kubernetes: it has never joined, or its name is another`,
    do: `mapperkit token create --node ${name}, then mapperkit join on it; or correct spec.nodeName`,
  };
}

export function sessionStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  const edge = known(gathered.edge);
  const isLinked = edge?.metric("mapperkit_edge_cloud_link_up");
  const reachable = device && conditionOf(device, "Reachable");
  const since = reachable?.lastTransitionTime;
  const dated = since ? { since } : {};
  if (isLinked === 0) {
    return {
      ...{ step: "session", standing: "stands", ...dated },
      says: `the edge at ${edge?.url} has no link to the cloud`,
      do: "its log says why: `cloud not reached`, or `cloud link lost` with the cloud's words",
    };
  }
  if (!reachable) {
    const says = isLinked === 1 ? "the edge has a link to a cloud" : "no cloudcore has told";
    return { step: "session", standing: isLinked === 1 ? "open" : "unknown", says };
  }
  if (reachable.status === "True") {
    return { step: "session", standing: "open", says: reachable.message, ...dated };
  }
  const aside = isLinked === 1 ? "; but that edge has a link, to this cloud or another" : "";
  return {
    ...{ step: "session", standing: "stands", ...dated },
    says: `${reachable.message}${aside}`,
    do: "on the edge: `mapperkit edge status`; cloudhub's log names each dial that it refused, and why",
  };
}

export function storeStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  const { stored: fact, objectSync: sync } = gathered;
  if (fact.kind === "found") return knownStore(device, fact.value);
  if (fact.kind === "absent") {
    return {
      ...{ step: "edge store", standing: "stands" },
      says: "the edge has no such device in its store",
      do: "once its link is up, the comparison of both ends brings it within seconds",
    };
  }
  if (sync.kind === "found") {
    const { resourceVersion } = sync.value;
    if (resourceVersion === "0") {
      return {
        ...{ step: "edge store", standing: "stands" },
        says: "the Device was sent to the edge, which has not acknowledged it yet",
        do: "the edge's log tells `message from the cloud not taken`, if it refuses the object",
      };
    }
    const says = `the edge has acknowledged the Device (resourceVersion ${resourceVersion}); ${fact.why}`;
    return { step: "edge store", standing: "open", says };
  }
  return { step: "edge store", standing: "unknown", says: fact.why };
}

function knownStore(
  device: Device | undefined,
  stored: { readonly twins: Readonly<Record<string, { expected?: { value: string } }>> },
): Step {
  const late = (device?.spec?.properties ?? []).flatMap(({ name, desired }) => {
    const expected = stored.twins[name]?.expected?.value;
    if (!desired?.value || expected === desired.value) return [];
    return [`${name} is desired ${desired.value} and at the edge ${expected ?? "nothing"}`];
  });
  if (late.length === 0) {
    const says = `the edge holds the device with ${Object.keys(stored.twins).length} twins`;
    return { step: "edge store", standing: "open", says };
  }
  return {
    ...{ step: "edge store", standing: "stands" },
    says: late.join("; "),
    do: "the link is down, the model refuses the value, or somebody at the edge desired another one since",
  };
}
