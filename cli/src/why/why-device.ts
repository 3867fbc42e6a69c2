import { type DeviceId, MapperkitError } from "@mapperkit/api";
import { KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";
import { findKubeconfig } from "../device/device-client.ts";
import { deviceArgument } from "../edge/device-argument.ts";
import type { Streams } from "../output/streams.ts";
import { dataFolder } from "../program/data-folder.ts";
import { known, unknown } from "./fact.ts";
import { gatherCluster } from "./gather-cluster.ts";
import { gatherProgram, gatherStore } from "./gather-programs.ts";
import { printRoad, type RoadForm } from "./print-road.ts";
import type { Gathered } from "./road.ts";
import { walkRoad } from "./walk-road.ts";

export interface WhyFlags {
  device: string;
  namespace?: string | undefined;
  kubeconfig?: string | undefined;
  data?: string | undefined;
  cloudcore: string;
  edge: string;
  output: RoadForm;
}

const CLUSTER_WITHIN_MS = 15_000;

/**
 * Prints the road of a device's values and where it stands.
 * @throws MapperkitError `conflict` when it stands somewhere, `invalid_input` for a wrong flag
 */
export async function whyDevice(flags: WhyFlags, streams: Streams): Promise<void> {
  const road = walkRoad(await gather(flags));
  printRoad(road, flags.output, streams);
  if (!road.standsAt) return;
  throw new MapperkitError("conflict", `${road.device} stands at the ${road.standsAt.step}`);
}

async function gather(flags: WhyFlags): Promise<Gathered> {
  const clock = new RealClock();
  const folder = dataFolder(flags.data);
  const programs = Promise.all([
    gatherProgram("cloudcore", flags.cloudcore, "--cloudcore", clock),
    gatherProgram("the edge", flags.edge, "--edge", clock),
  ]);
  const { id, ...cluster } = await fromCluster(flags, clock);
  const [cloudcore, edge] = await programs;
  const node = known(cluster.device)?.spec?.nodeName;
  const stored = gatherStore(folder, id, node);
  return { id, now: clock.now(), ...cluster, cloudcore, edge, stored };
}

async function fromCluster(flags: WhyFlags, clock: RealClock) {
  let kubeconfig: string;
  try {
    kubeconfig = findKubeconfig(flags.kubeconfig);
  } catch (error) {
    // On an edge there is none, and its own side can be seen all the same.
    if (flags.kubeconfig !== undefined) throw error;
    const nothing = unknown(error instanceof Error ? error.message : String(error));
    const id = idOf(flags, flags.namespace ?? "default");
    const objects = { device: nothing, model: nothing, node: nothing };
    return { id, ...objects, lease: nothing, objectSync: nothing, events: nothing };
  }
  const loadAccess = () => loadKubeconfig(kubeconfig);
  const client = new KubeClient({ loadAccess, clock, userAgent: "mapperkit-why" });
  try {
    const id = idOf(flags, flags.namespace ?? (await client.namespace()));
    return { id, ...(await gatherCluster(client, id, clock.timeout(CLUSTER_WITHIN_MS))) };
  } finally {
    client.close();
  }
}

function idOf({ device, namespace: asked }: WhyFlags, namespace: string): DeviceId {
  if (!device.includes("/")) return deviceArgument(`${namespace}/${device}`);
  if (asked === undefined || device.startsWith(`${asked}/`)) return deviceArgument(device);
  throw new MapperkitError("invalid_input", `${device} is not in namespace ${asked}: name it once`);
}
