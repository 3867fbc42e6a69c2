import type { Log } from "@mapperkit/runtime";
import type { World } from "../objects/index.ts";
import { Cluster, startLoop } from "./cluster/index.ts";
import { DaemonSetController } from "./daemonsets/index.ts";
import { DeploymentController } from "./deployments/index.ts";
import { EvictionController } from "./eviction/index.ts";
import { NodeController } from "./nodes/index.ts";
import { ReplicaSetController } from "./replicasets/index.ts";
import { Scheduler } from "./scheduler/index.ts";

/** Starts what turns workloads into pods, gives pods their nodes, and knows which nodes live. */
export function startWorkloads(world: World, log: Log): () => void {
  const cluster = new Cluster(world);
  const loops = [
    new NodeController(cluster, world.clock).loop(),
    new EvictionController(cluster, world.clock).loop(),
    new DeploymentController(cluster).loop(),
    new DaemonSetController(cluster).loop(),
    new ReplicaSetController(cluster).loop(),
    new Scheduler(new Cluster(world, "kube-scheduler")).loop(),
  ];
  const ends = loops.map((loop) => startLoop(world, log, loop));
  return () => {
    for (const end of ends) end();
  };
}
