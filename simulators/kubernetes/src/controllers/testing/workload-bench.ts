import { setImmediate as nextTurn } from "node:timers/promises";
import { createRandom, silentLog, VirtualClock } from "@mapperkit/runtime";
import {
  createObject,
  type KubeObject,
  secondsTimestamp,
  type World,
} from "../../objects/index.ts";
import { coreResources, ResourceRegistry } from "../../resources/index.ts";
import { openMemory, Store } from "../../store/index.ts";
import { Cluster, type Kind, NODES, PODS, type Pod } from "../cluster/index.ts";
import { GarbageCollector } from "../garbage-collector.ts";
import { startWorkloads } from "../start-workloads.ts";

/** As many quiet turns of the event loop mean that nobody has anything left to do. */
const QUIET_TURNS = 12;
const CREATE = {
  dryRun: false,
  fieldManager: "test",
  fieldValidation: "Strict",
  warn: () => undefined,
} as const;

/** The workload controllers over a store in memory, in virtual time, with nodes that obey. */
export class WorkloadBench implements Disposable {
  readonly clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  readonly world: World;
  readonly cluster: Cluster;
  /** Pods whose image has one of these never become ready. */
  readonly brokenImages = new Set<string>();
  #ends: (() => void)[] = [];

  constructor(seed = "workloads") {
    const store = new Store(openMemory().db, this.clock);
    const registry = new ResourceRegistry(coreResources());
    this.world = { store, registry, clock: this.clock, random: createRandom(seed) };
    this.cluster = new Cluster(this.world, "test");
    this.startControllers();
  }

  startControllers(): void {
    this.#ends = [startWorkloads(this.world, silentLog), new GarbageCollector(this.world).start()];
  }

  stopControllers(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  async create<T extends KubeObject>(kind: Kind<T>, body: object): Promise<T> {
    const { group, plural } = kind;
    const resource = this.world.registry.find(group, "v1", plural);
    if (resource === undefined) throw new Error(`${plural} are not served`);
    const namespace = resource.namespaced ? "default" : "";
    return (await createObject(this.world, { resource, namespace }, body, CREATE)) as T;
  }

  /** The namespace that all is in, and nodes of these names. */
  async addNodes(...names: string[]): Promise<void> {
    const namespaces = { group: "", plural: "namespaces" } as Kind;
    if (this.world.store.get("namespaces", "", "default") === undefined) {
      await this.create(namespaces, { metadata: { name: "default" } });
    }
    for (const name of names) {
      await this.create(NODES, {
        metadata: { name, labels: { "kubernetes.io/hostname": name } },
      });
    }
  }

  pods(): Pod[] {
    return this.cluster.list(PODS, "default");
  }

  /** What `kubectl get events` would print of reason and message, sorted. */
  events(reason: string): string[] {
    const events = this.cluster.list({ storage: "events" } as Kind);
    return events.filter((event) => event.reason === reason).map((event) => String(event.message));
  }

  /** Every placed pod runs on its node and is ready. True when there was one that did not. */
  async runPods(): Promise<boolean> {
    const idle = this.pods().filter(
      (pod) => pod.spec.nodeName !== undefined && pod.status?.phase !== "Running",
    );
    for (const pod of idle) await this.#run(pod);
    return idle.length > 0;
  }

  /** Until nobody has anything to do. */
  async settle(): Promise<void> {
    let version = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      if (this.world.store.version !== version) quiet = 0;
      version = this.world.store.version;
      await nextTurn();
    }
  }

  /** Until all is done and all pods run; `look` sees each step. */
  async converge(look: () => void = () => undefined): Promise<void> {
    do {
      await this.settle();
      look();
    } while (await this.runPods());
  }

  async #run(pod: Pod): Promise<void> {
    const isBroken = pod.spec.containers?.some(({ image }) => this.brokenImages.has(String(image)));
    const lastTransitionTime = secondsTimestamp(this.clock.now());
    const ready = { type: "Ready", status: isBroken ? "False" : "True", lastTransitionTime };
    await this.cluster.change(
      PODS,
      pod,
      (current) => {
        current.status = { ...current.status, phase: "Running", conditions: [ready] };
      },
      "status",
    );
  }

  [Symbol.dispose](): void {
    this.stopControllers();
    this.world.store.close();
  }
}

/** The spec of a workload whose pods are labelled `app`. */
export function workload(app: string, more: object = {}, image = "busybox:1"): object {
  return {
    metadata: { name: app },
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: "c", image }] },
      },
      ...more,
    },
  };
}
