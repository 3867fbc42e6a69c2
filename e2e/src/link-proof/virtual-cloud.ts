import { createServer, type Server } from "node:http";
import {
  CloudHub,
  DeviceController,
  dispatchBySource,
  hubConfig,
  SyncController,
} from "@mapperkit/cloudcore/link";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import { Lifetime, MachineClock } from "./lifetime.ts";
import type { MemoryKubernetes } from "./memory-kubernetes.ts";
import type { WireEnd } from "./memory-wire.ts";

const signal = new AbortController().signal;
/** The nodes' own objects are no part of this proof. */
const noNodes = { nodeConnected() {}, nodeDisconnected() {}, messageArrived() {} };

/** One run of cloudcore: hub, device controller and sync controller, as createCloudCore joins them. */
export class VirtualCloud {
  readonly life = new Lifetime();
  readonly clock: MachineClock;
  readonly #hub: CloudHub;
  readonly #syncs: SyncController;
  readonly #devices: DeviceController;
  readonly #kube: MemoryKubernetes;
  readonly #server = memoryServer();

  constructor(parts: {
    kube: MemoryKubernetes;
    clock: Clock;
    offsetMs: number;
    random: Random;
    log: Log;
  }) {
    const { kube, random, log } = parts;
    const clock = new MachineClock(parts.clock, this.life, parts.offsetMs);
    const tools = { clock, random, log };
    const config = hubConfig.parse({ port: 1 });
    const hub = new CloudHub({ ...tools, config, createServer: () => this.#server });
    const syncs = new SyncController({ ...tools, link: hub, store: kube.objectSyncs(this.life) });
    const devices = new DeviceController({
      ...{ ...tools, link: syncs, held: syncs, store: kube.statusStore(this.life) },
      transitions: { record() {} },
      statusIntervalMs: 1_000,
    });
    hub.listenWith(dispatchBySource({ devices, nodes: noNodes, syncs }));
    this.clock = clock;
    this.#kube = kube;
    this.#hub = hub;
    this.#syncs = syncs;
    this.#devices = devices;
    this.life.onDeath(() => void hub.stop());
  }

  async start(): Promise<void> {
    await this.#devices.start(signal);
    await this.#syncs.start(signal);
    // Edges are let in when all devices are known, as by createCloudCore.
    await this.#kube.watch(this.life, {
      deviceSeen: this.#devices.deviceSeen.bind(this.#devices),
      deviceGone: this.#devices.deviceGone.bind(this.#devices),
      modelSeen: this.#devices.modelSeen.bind(this.#devices),
      syncSeen: this.#syncs.syncSeen.bind(this.#syncs),
      syncGone: this.#syncs.syncGone.bind(this.#syncs),
    });
    await this.#hub.start();
  }

  /** False before it listens. */
  accept(end: WireEnd): boolean {
    if (this.#hub.port === 0) return false;
    this.#server.emit("connection", end);
    return true;
  }

  /** Objects that edges have not acknowledged. */
  get unackedObjects(): number {
    return this.#hub.unackedObjects;
  }
}

/** Never opens a port: connections are handed to it. */
function memoryServer(): Server {
  const server = createServer();
  server.listen = () => {
    process.nextTick(() => server.emit("listening"));
    return server;
  };
  server.address = () => ({ address: "memory", family: "IPv4", port: 1 });
  return server;
}
