import type { Duplex } from "node:stream";
import { DeviceTwins, EdgeHub, EdgeInventory, MetaManager } from "@mapperkit/edgecore/link";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { EdgeDisk } from "./edge-disk.ts";
import { Lifetime, MachineClock } from "./lifetime.ts";
import type { MapperModel } from "./mapper-model.ts";

const signal = new AbortController().signal;

/** One run of edgecore on its disk: hub, meta manager and twins, as createEdgeCore joins them. */
export class VirtualEdge {
  readonly life = new Lifetime();
  readonly clock: MachineClock;
  readonly twins: DeviceTwins;
  readonly #objects: MetaManager;
  readonly #hub: EdgeHub;

  constructor(parts: {
    node: string;
    disk: EdgeDisk;
    mapper: MapperModel;
    dial: () => Duplex;
    clock: Clock;
    offsetMs: number;
    random: Random;
    log: Log;
  }) {
    const { node, disk, mapper, dial, random, log } = parts;
    const clock = new MachineClock(parts.clock, this.life, parts.offsetMs);
    const stores = disk.openFor(this.life);
    const { life } = this;
    this.clock = clock;
    this.twins = new DeviceTwins({
      store: stores.twins,
      publisher: { publish: (publications) => life.isAlive && mapper.hear(publications) },
      // Silence is another matter: this mapper speaks only when something happens.
      ...{ maxValueBytes: 1_000, offlineAfterMs: 0, clock, log },
    });
    this.#objects = new MetaManager({ store: stores.meta, devices: this.twins, log });
    this.#hub = new EdgeHub({
      ...{ url: "ws://cloud", node, connect: dial, heartbeatMs: 15_000 },
      ...{ objects: this.#objects, twins: this.twins, clock, random, log },
      inventory: new EdgeInventory({ rows: (query) => life.of(disk.rows(query)) }),
    });
  }

  /** Serves its devices, then dials. */
  async start(): Promise<void> {
    await this.twins.start(signal);
    await this.#objects.start(signal);
    await this.#hub.start(signal);
  }

  get isLinked(): boolean {
    return this.#hub.isLinked;
  }
}
