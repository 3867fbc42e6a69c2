import { checkFinalState } from "./final-state.ts";
import { VirtualWorld } from "./virtual-world.ts";

const NODES = ["e1", "e2"] as const;
const NAMES = ["a", "b", "c"] as const;
const HOUR_MS = 3_600_000;
/** Longer than every back-off, re-send and grace of both ends together. */
const RECOVERY_MS = 150_000;

/** What a story came to. */
export interface StoryResult {
  readonly violations: readonly string[];
  /** What happened, in order. */
  readonly acts: readonly string[];
  readonly world: VirtualWorld;
}

/** Everything that can happen, in an order that the seed decides; then peace, and the whole is looked at. */
export async function tellStory(seed: number, acts = 60): Promise<StoryResult> {
  const story = new Story(seed);
  try {
    await story.run(acts);
  } finally {
    story.world.end();
  }
  return { violations: story.world.model.violations, acts: story.acts, world: story.world };
}

class Story {
  readonly world: VirtualWorld;
  readonly acts: string[] = [];
  #desired = 0;
  #marks = 0;

  constructor(seed: number) {
    this.world = new VirtualWorld(seed, NODES);
  }

  async run(count: number): Promise<void> {
    const { world } = this;
    world.startCloud();
    for (const node of NODES) world.startEdge(node);
    for (const name of NAMES) this.#create(name);
    await world.pass(2_000);
    for (let done = 0; done < count; done += 1) {
      this.#act();
      await world.pass(
        world.random.int(0, 4) === 0 ? world.random.int(0, 20_000) : world.random.int(0, 1_500),
      );
    }
    await world.recover(RECOVERY_MS);
    await checkFinalState(world);
  }

  /** People and mappers act as often as things break. */
  #act(): void {
    const { world } = this;
    const deeds = [
      ...[this.#edit, this.#edit, this.#report, this.#report, this.#report],
      ...[this.#recreate, this.#move, this.#label, this.#delete],
      ...[this.#cut, this.#mend, this.#mend, this.#stall, this.#slow, this.#fillDisk],
      ...[this.#killCloud, this.#startCloud, this.#startCloud],
      ...[this.#killEdge, this.#startEdge, this.#startEdge, this.#killMapper],
      ...[this.#kubeAway, this.#kubeBack, this.#kubeBack, this.#kubeFails, this.#setClock],
    ];
    const deed = deeds[world.random.int(0, deeds.length - 1)];
    deed?.call(this);
  }

  #note(act: string): void {
    this.acts.push(`${this.world.clock.monotonic() - 1_800_000_000_000} ms: ${act}`);
  }

  #one<T>(all: readonly T[]): T {
    return all[this.world.random.int(0, all.length - 1)] as T;
  }

  #create(name: string): void {
    const node = this.#one(NODES);
    this.#desired += 1;
    this.#note(`create ${name} on ${node}, d${this.#desired}`);
    this.world.kube.create(name, node, `d${this.#desired}`);
  }

  /** A person reaches Kubernetes only while it is there. */
  #present(): string | undefined {
    const { devices, weather } = this.world.kube;
    return weather.isAway || devices.size === 0 ? undefined : this.#one([...devices.keys()]);
  }

  #edit(): void {
    const name = this.#present();
    if (!name) return;
    this.#desired += 1;
    this.#note(`desire d${this.#desired} of ${name}`);
    this.world.kube.edit(name, { desired: `d${this.#desired}` });
  }

  #label(): void {
    const name = this.#present();
    if (!name) return;
    this.#marks += 1;
    this.#note(`label ${name} ${this.#marks}`);
    this.world.kube.edit(name, { mark: `m${this.#marks}` });
  }

  #move(): void {
    const name = this.#present();
    if (!name) return;
    const node = this.#one(NODES);
    // A device that is somewhere else is another one: what was desired of it there is old.
    this.#desired += 1;
    this.#note(`move ${name} to ${node}, d${this.#desired}`);
    this.world.kube.edit(name, { node, desired: `d${this.#desired}` });
  }

  #delete(): void {
    const name = this.#present();
    if (!name) return;
    this.#note(`delete ${name}`);
    this.world.kube.delete(name);
  }

  #recreate(): void {
    if (this.world.kube.weather.isAway) return;
    const name = this.#one(NAMES);
    if (this.world.kube.devices.has(name)) {
      this.#note(`delete ${name}`);
      this.world.kube.delete(name);
    }
    this.#create(name);
  }

  #report(): void {
    const [node, name] = [this.#one(NODES), this.#one(NAMES)];
    this.#note(`report ${name} at ${node}`);
    this.world.station(node).mapper.report(name);
  }

  #cut(): void {
    const station = this.world.station(this.#one(NODES));
    const prefix = this.world.random.int(0, 1) * this.world.random.int(1, 200);
    this.#note(`cut ${station.node}${prefix ? ` in the middle of a frame` : ""}`);
    station.isCut = this.world.random.int(0, 1) === 1;
    station.wire?.cut(prefix);
  }

  #mend(): void {
    const station = this.world.station(this.#one(NODES));
    this.#note(`mend ${station.node}`);
    station.isCut = false;
    Object.assign(station.weather, { isStalled: false, latencyMs: 0, pieceBytes: 0 });
    station.disk.isFull = false;
  }

  #stall(): void {
    const station = this.world.station(this.#one(NODES));
    this.#note(`stall ${station.node}`);
    station.weather.isStalled = true;
  }

  #slow(): void {
    const { random } = this.world;
    const station = this.world.station(this.#one(NODES));
    station.weather.latencyMs = random.int(0, 3) * 100;
    station.weather.pieceBytes = random.int(0, 1) * random.int(1, 100);
    station.disk.commitMs = random.int(0, 2) * 50;
    const { latencyMs, pieceBytes } = station.weather;
    this.#note(`${station.node}: ${latencyMs} ms, pieces of ${pieceBytes} bytes`);
  }

  #fillDisk(): void {
    const station = this.world.station(this.#one(NODES));
    this.#note(`the disk of ${station.node} is full`);
    station.disk.isFull = true;
  }

  #killCloud(): void {
    this.#note("kill cloudcore");
    this.world.killCloud();
  }

  #startCloud(): void {
    if (this.world.cloud) return;
    this.#note("start cloudcore");
    this.world.startCloud();
  }

  #killEdge(): void {
    const node = this.#one(NODES);
    this.#note(`kill ${node}`);
    this.world.killEdge(node);
  }

  #startEdge(): void {
    const stopped = NODES.filter((node) => !this.world.station(node).edge);
    if (stopped.length === 0) return;
    const node = this.#one(stopped);
    this.#note(`start ${node}`);
    this.world.startEdge(node);
  }

  #killMapper(): void {
    const node = this.#one(NODES);
    this.#note(`restart the mapper of ${node}`);
    this.world.station(node).mapper.restart();
  }

  #kubeAway(): void {
    this.#note("the API server goes");
    this.world.kube.goAway();
  }

  #kubeBack(): void {
    if (!this.world.kube.weather.isAway) return;
    this.#note("the API server is back");
    this.world.kube.comeBack();
  }

  #kubeFails(): void {
    const { random, kube } = this.world;
    kube.weather.failurePercent = random.int(0, 2) * 30;
    kube.weather.latencyMs = random.int(0, 2) * 200;
    this.#note(
      `the API server: ${kube.weather.failurePercent} % fail, ${kube.weather.latencyMs} ms`,
    );
  }

  /** A machine's clock is set, by up to an hour either way. */
  #setClock(): void {
    const { random, cloud } = this.world;
    const offsetMs = random.int(-1, 1) * HOUR_MS;
    const who = this.#one(["cloud", ...NODES]);
    this.#note(`the clock of ${who} is off by ${offsetMs / HOUR_MS} h`);
    if (who === "cloud") {
      this.world.cloudOffsetMs = offsetMs;
      if (cloud) cloud.clock.offsetMs = offsetMs;
      return;
    }
    const station = this.world.station(who);
    station.clockOffsetMs = offsetMs;
    if (station.edge) station.edge.clock.offsetMs = offsetMs;
  }
}
