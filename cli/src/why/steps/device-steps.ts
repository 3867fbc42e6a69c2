import type { Device, TwinStatus } from "@mapperkit/api";
import { known } from "../fact.ts";
import type { Gathered, Step } from "../road.ts";
import { conditionOf } from "./condition-of.ts";
import { adviceFor } from "./quality-advice.ts";
import { timeOf } from "./time-of.ts";

export function brokerStep({ edge }: Gathered): Step {
  if (edge.kind !== "found") {
    const says = edge.kind === "unknown" ? edge.why : "nobody serves the edge's metrics";
    return { step: "broker", standing: "unknown", says };
  }
  const { url, notReady, metric } = edge.value;
  if (notReady) {
    const says = `the edge at ${url} is not ready: ${notReady}`;
    return { step: "broker", standing: "stands", says, do: "its log says why" };
  }
  const waiting = metric("mapperkit_edge_publication_queue") ?? 0;
  const sessions = metric("mapperkit_edge_sessions") ?? 0;
  const says = `${sessions} MQTT clients are connected, ${waiting} messages wait for the broker`;
  return { step: "broker", standing: "open", says };
}

/** Whether somebody at the edge answers for the device at all. */
export function mapperStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  const state = device?.status?.state ?? known(gathered.stored)?.state;
  if (!device) {
    const says = state ? `the mapper reports ${state}` : "no mapper has reported a state";
    return { step: "mapper", standing: state ? "open" : "unknown", says };
  }
  const online = conditionOf(device, "Online");
  const since = online?.lastTransitionTime;
  const hint = `on ${device.spec?.nodeName ?? "the node"}: run the mapper of ${claimOf(device)}; mapperkit edge watch ${device.metadata.name}`;
  if (!state) {
    return {
      ...{ step: "mapper", standing: "stands", do: hint, ...(since && { since }) },
      says: "no mapper has ever reported this device",
    };
  }
  const waiting = twinsIn(device, "Pending");
  if (waiting.length > 0) {
    const oldest = waiting.flatMap(({ phase }) => phase?.since ?? []).sort()[0];
    return {
      ...{ step: "mapper", standing: "stands", do: hint, ...(oldest && { since: oldest }) },
      says: `nobody has said what became of the desired ${namesOf(waiting)}`,
    };
  }
  const says = online?.message ?? `the mapper reports ${state}`;
  return { step: "mapper", standing: "open", says, ...(since && { since }) };
}

/** What the mapper says about the device itself. */
export function hardwareStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  if (!device) return storedHardware(gathered);
  const refused = [...twinsIn(device, "Rejected"), ...twinsIn(device, "Diverged")][0];
  if (refused?.phase) {
    const { name, reason, message, since } = refused.phase;
    return {
      ...{ step: "hardware", standing: "stands", ...(since && { since }) },
      says: `${refused.propertyName} is ${name}: ${message ?? reason ?? "no reason given"}`,
      do:
        name === "Diverged"
          ? "somebody else sets the device, or it limits the value: compare desired and reported"
          : "desire a value that the device takes",
    };
  }
  const bad = badTwins(device)[0];
  const online = conditionOf(device, "Online");
  if (bad) {
    const { reason, quality, at } = bad;
    return {
      ...{ step: "hardware", standing: "stands", ...(at && { since: at }), do: adviceFor(reason) },
      says: `${bad.property} is ${quality}: ${reason || "no reason given"}`,
    };
  }
  if (online?.status === "False") {
    return {
      ...{ step: "hardware", standing: "stands", since: online.lastTransitionTime },
      says: online.message,
      do: "the device does not answer its mapper, or the mapper is silent: see the mapper's log",
    };
  }
  if (online?.status !== "True") {
    const says = online?.message ?? "no mapper has told";
    return { step: "hardware", standing: "unknown", says };
  }
  return { step: "hardware", standing: "open", says: "the device answers; no value is Bad" };
}

function storedHardware({ stored }: Gathered): Step {
  const twins = Object.entries(known(stored)?.twins ?? {});
  const bad = twins.find(([, { actual }]) => actual?.quality === "Bad");
  if (!bad) {
    const says = twins.length > 0 ? "no value at the edge is Bad" : "nothing is known of it";
    return { step: "hardware", standing: twins.length > 0 ? "open" : "unknown", says };
  }
  const [property, { actual }] = bad;
  const reason = actual?.reason ?? "";
  return {
    ...{ step: "hardware", standing: "stands", do: adviceFor(reason) },
    says: `${property} is Bad: ${reason || "no reason given"}`,
    ...(actual && { since: timeOf(actual.timestamp) }),
  };
}

function twinsIn(device: Device, phase: string): TwinStatus[] {
  return (device.status?.twins ?? []).filter((twin) => twin.phase?.name === phase);
}

function namesOf(twins: readonly TwinStatus[]): string {
  return twins.map(({ propertyName }) => propertyName).join(", ");
}

function badTwins(device: Device) {
  return (device.status?.twins ?? []).flatMap(({ propertyName: property, reported }) => {
    const { quality, reason = "", timestamp } = reported?.metadata ?? {};
    const at = Number(timestamp);
    if (quality !== "Bad") return [];
    return [{ property, quality, reason, at: at > 0 ? timeOf(at) : undefined }];
  });
}

/** How a mapper knows that the device is its own (additions.md). */
function claimOf({ spec }: Device): string {
  const protocol = spec?.protocol?.protocolName;
  return protocol ? `protocol ${protocol}` : `model ${spec?.deviceModelRef?.name ?? "?"}`;
}
