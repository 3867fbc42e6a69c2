import type { Duplex } from "node:stream";
import { createRandom, MemoryLog, type Random, VirtualClock } from "@mapperkit/runtime";
import { EdgeDisk } from "./edge-disk.ts";
import { MapperModel } from "./mapper-model.ts";
import { MemoryKubernetes } from "./memory-kubernetes.ts";
import { fairWeather, MemoryWire, refusedWire, type Weather } from "./memory-wire.ts";
import { ReferenceModel } from "./reference-model.ts";
import { VirtualCloud } from "./virtual-cloud.ts";
import { VirtualEdge } from "./virtual-edge.ts";

const STARTED_AT = 1_800_000_000_000;
const SLICE_MS = 50;
/** When little is said any more. */
const CALM_SLICE_MS = 500;
const SOON_MS = 10_000;

/** A node: what stays when its programs are killed, and what runs. */
export interface Station {
  readonly node: string;
  readonly disk: EdgeDisk;
  readonly mapper: MapperModel;
  readonly weather: Weather;
  /** Dials are refused. */
  isCut: boolean;
  clockOffsetMs: number;
  wire: MemoryWire | undefined;
  edge: VirtualEdge | undefined;
}

/** Kubernetes, one cloudcore, some edges and their networks under one virtual clock. */
export class VirtualWorld {
  readonly clock = new VirtualClock(STARTED_AT);
  readonly random: Random;
  readonly log = new MemoryLog();
  readonly kube: MemoryKubernetes;
  readonly model: ReferenceModel;
  readonly stations = new Map<string, Station>();
  /** Called before a chunk goes on, and what it says is done to the chunk's connection. */
  onChunk: (node: string, direction: "up" | "down") => "pass" | "cut" = () => "pass";
  cloud: VirtualCloud | undefined;
  cloudOffsetMs = 0;

  constructor(seed: number, nodes: readonly string[]) {
    this.random = createRandom(seed);
    const { clock, random } = this;
    this.kube = new MemoryKubernetes({ clock, random: random.fork("kube") });
    this.model = new ReferenceModel(() => clock.monotonic() - STARTED_AT);
    this.kube.onStatus = (device, status) => this.model.status(device, status);
    for (const node of nodes) this.stations.set(node, this.#station(node));
  }

  station(node: string): Station {
    const station = this.stations.get(node);
    if (!station) throw new Error(`there is no node ${node}`);
    return station;
  }

  /** Returns before it serves: it waits for the API server. */
  startCloud(): void {
    const { kube, clock, random, log } = this;
    const tools = { clock, random: random.fork("cloud"), log: log.child({ program: "cloud" }) };
    this.cloud = new VirtualCloud({ kube, ...tools, offsetMs: this.cloudOffsetMs });
    this.cloud.start().catch((error: unknown) => this.model.check(false, `cloudcore: ${error}`));
  }

  killCloud(): void {
    this.cloud?.life.kill();
    this.cloud = undefined;
    for (const { wire } of this.stations.values()) wire?.cut();
  }

  /** Returns before it serves: its disk may need its time. */
  startEdge(node: string): void {
    const station = this.station(node);
    const { clock, random, log } = this;
    const edge = new VirtualEdge({
      ...{ node, disk: station.disk, mapper: station.mapper, clock },
      ...{ random: random.fork(node), log: log.child({ program: node }) },
      offsetMs: station.clockOffsetMs,
      dial: () => this.#dial(station),
    });
    station.edge = edge;
    station.mapper.attach(edge.twins);
    edge.start().catch((error: unknown) => this.model.check(false, `${node}: ${error}`));
  }

  killEdge(node: string): void {
    const station = this.station(node);
    station.edge?.life.kill();
    station.edge = undefined;
    station.mapper.detach();
    station.wire?.cut();
  }

  /** Lets time pass, in small steps so that what is said is heard in its time. */
  async pass(ms: number, sliceMs = SLICE_MS): Promise<void> {
    for (let passed = 0; passed < ms; passed += sliceMs) {
      await this.clock.advance(Math.min(sliceMs, ms - passed));
      for (let turn = 0; turn < 4; turn += 1) await new Promise((turned) => setImmediate(turned));
      this.#checkBounds();
    }
  }

  /** Everything works again, and has its time for it. */
  async recover(ms: number): Promise<void> {
    this.#heal();
    await this.pass(SOON_MS);
    await this.pass(ms - SOON_MS, CALM_SLICE_MS);
  }

  end(): void {
    this.killCloud();
    for (const node of this.stations.keys()) this.killEdge(node);
  }

  /** What was broken is mended, what was killed is started. */
  #heal(): void {
    if (this.kube.weather.isAway) this.kube.comeBack();
    Object.assign(this.kube.weather, { latencyMs: 0, failurePercent: 0 });
    if (!this.cloud) this.startCloud();
    for (const station of this.stations.values()) {
      station.isCut = false;
      Object.assign(station.weather, fairWeather);
      Object.assign(station.disk, { commitMs: 0, isFull: false });
      if (!station.edge) this.startEdge(station.node);
    }
  }

  #dial(station: Station): Duplex {
    const { cloud, clock, random } = this;
    if (station.isCut || !cloud) return refusedWire();
    const wire: MemoryWire = new MemoryWire({
      ...{ weather: station.weather, clock, random: random.fork("wire") },
      onChunk: (direction) => {
        if (this.onChunk(station.node, direction) === "cut") wire.cut();
      },
    });
    station.wire = wire;
    return cloud.accept(wire.far) ? wire.near : refusedWire();
  }

  #station(node: string): Station {
    const { clock, random, model } = this;
    const disk = new EdgeDisk(clock, random.fork(`disk ${node}`));
    disk.onChange = (change) => model.stored(node, change);
    const mapper = new MapperModel({
      ...{ node, witness: model, clock, random: random.fork(`mapper ${node}`) },
    });
    const weather = { ...fairWeather };
    return {
      ...{ node, disk, mapper, weather, isCut: false, clockOffsetMs: 0 },
      ...{ wire: undefined, edge: undefined },
    };
  }

  /** Objects travel by name, and each device and each edge's model have one. */
  #checkBounds(): void {
    const names = this.kube.devices.size + this.kube.syncs.size + 2 * this.stations.size;
    const unacked = this.cloud?.unackedObjects ?? 0;
    this.model.check(unacked <= names + 8, `${unacked} objects wait for edges, of ${names}`);
    for (const { node, edge } of this.stations.values()) {
      const backlog = edge?.twins.backlog ?? 0;
      const known = edge?.twins.size ?? 0;
      this.model.check(backlog <= known, `${node}: ${backlog} devices unconfirmed, of ${known}`);
    }
  }
}
