import type { Device, TwinStatus } from "@mapperkit/api";
import { known } from "../fact.ts";
import type { Gathered, Step } from "../road.ts";
import { timeOf } from "./time-of.ts";

/** A status is written once a second and device; a counter always has a younger value. */
const GRACE_MS = 5_000;

/** From the edge's store to the status in Kubernetes. */
export function wayBackStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  const outbox = known(gathered.edge)?.metric("mapperkit_edge_outbox_devices");
  const waiting = outbox ? `; at the edge ${outbox} devices wait for confirmation` : "";
  if (!device) {
    return { step: "way back", standing: "unknown", says: `without the Device${waiting}` };
  }
  const twins = device.status?.twins ?? [];
  const stored = known(gathered.stored)?.twins ?? {};
  const late = lateOnes(device, twins, stored, gathered.now - GRACE_MS);
  const oldest = late.map(({ at }) => at).sort()[0];
  if (oldest !== undefined) {
    return {
      ...{ step: "way back", standing: "stands", since: oldest },
      says: `Kubernetes lacks the edge's newest ${late.map(({ name }) => name).join(", ")}${waiting}`,
      do: "the link is down, cloudcore is away, or the API server refuses the status",
    };
  }
  return reportedSoFar(twins, waiting);
}

function reportedSoFar(twins: readonly TwinStatus[], waiting: string): Step {
  const reported = twins.flatMap((twin) => twin.reported ?? []);
  if (reported.length === 0) {
    const says = `Kubernetes holds no reported value${waiting}`;
    return { step: "way back", standing: "unknown", says };
  }
  const times = reported.map(({ metadata }) => Number(metadata?.timestamp)).filter((at) => at > 0);
  return {
    ...{ step: "way back", standing: "open" },
    says: `Kubernetes holds ${reported.length} reported values${waiting}`,
    ...(times.length > 0 && { since: timeOf(Math.max(...times)) }),
  };
}

function lateOnes(
  device: Device,
  twins: readonly TwinStatus[],
  stored: Readonly<Record<string, { actual?: { value: string; timestamp: number } }>>,
  before: number,
): { readonly name: string; readonly at: string }[] {
  const held = new Map(twins.map((twin) => [twin.propertyName, twin.reported?.value]));
  return Object.entries(stored).flatMap(([name, { actual }]) =>
    !actual ||
    actual.timestamp > before ||
    isSilent(device, name) ||
    held.get(name) === actual.value
      ? []
      : [{ name, at: timeOf(actual.timestamp) }],
  );
}

function isSilent(device: Device, property: string): boolean {
  const spec = device.spec?.properties?.find(({ name }) => name === property);
  return spec?.reportToCloud === false;
}
