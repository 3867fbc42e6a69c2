import { type DeviceId, deviceTopic } from "@mapperkit/api";
import type { DeviceTwins, Publication } from "@mapperkit/edgecore/link";
import type { Clock, Random } from "@mapperkit/runtime";

type Action = "twin/get" | "twin/update" | "state/update";

interface TwinSeen {
  readonly expected?: { readonly value?: string; readonly metadata?: { generation?: number } };
  readonly actual?: { readonly value?: string };
  readonly outcome?: { readonly phase?: string; readonly generation?: number };
}

/** What happens at the devices, for whoever checks it. */
export interface HardwareWitness {
  wrote(node: string, name: string, value: string): void;
  /** The edge has answered that it took the value. */
  acknowledged(node: string, name: string, count: string): void;
}

/** A mapper that does what it is told, and its hardware. The hardware outlives everything. */
export class MapperModel {
  readonly hardware = new Map<string, string>();
  readonly announced = new Map<string, string>();
  readonly #node: string;
  readonly #witness: HardwareWitness;
  readonly #clock: Clock;
  readonly #random: Random;
  #edge: DeviceTwins | undefined;
  /** Rises when the mapper is killed: what an older one began is of no account. */
  #run = 0;
  #counted = 0;

  constructor(parts: {
    node: string;
    witness: HardwareWitness;
    clock: Clock;
    random: Random;
  }) {
    this.#node = parts.node;
    this.#witness = parts.witness;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** The edge is there, or there again: a mapper of before has been cut from it. */
  attach(edge: DeviceTwins): void {
    this.#run += 1;
    this.#edge = edge;
    for (const name of this.announced.keys()) void this.#obey(name, this.#run);
  }

  /** The edge has been killed: its retained messages are gone with it. */
  detach(): void {
    this.#run += 1;
    this.#edge = undefined;
    this.announced.clear();
  }

  /** Killed and started: asks for everything anew. */
  restart(): void {
    if (this.#edge) this.attach(this.#edge);
  }

  hear(publications: readonly Publication[]): void {
    for (const publication of publications) {
      if (publication.kind === "announcement") this.#announce(publication);
      else if (publication.kind === "notice" && publication.action === "twin/update/delta") {
        void this.#obey(nameOf(publication.device), this.#run);
      }
    }
  }

  /** Tells a new value of the device's counter. */
  report(name: string): void {
    if (!this.#edge || !this.announced.has(name)) return;
    this.#counted += 1;
    const value = `${this.#node}:${this.#counted}`;
    void this.#update(name, { count: { actual: { value } } }).then((isTaken) => {
      if (isTaken) this.#witness.acknowledged(this.#node, name, value);
    });
  }

  #announce({ device, body }: Extract<Publication, { kind: "announcement" }>): void {
    const name = nameOf(device);
    if (!body) {
      this.announced.delete(name);
      return;
    }
    this.announced.set(name, JSON.stringify(body.device.metadata.labels ?? {}));
    void this.#insist("state/update", name, { state: "online" }, this.#run);
    void this.#obey(name, this.#run);
  }

  /** Brings the hardware to what is desired, and says so. */
  async #obey(name: string, run: number): Promise<void> {
    await this.#clock.sleep(this.#random.int(0, 100));
    const reply = await this.#insist("twin/get", name, {}, run);
    const power = (reply as { twin?: Record<string, TwinSeen> } | undefined)?.twin?.power;
    const wanted = power?.expected?.value;
    if (run !== this.#run || wanted === undefined) return;
    if (this.hardware.get(name) !== wanted) {
      this.hardware.set(name, wanted);
      this.#witness.wrote(this.#node, name, wanted);
    }
    const generation = power?.expected?.metadata?.generation;
    const isTold = power?.actual?.value === wanted && power.outcome?.generation === generation;
    if (isTold) return;
    const outcome = { phase: "Applied", ...(generation !== undefined && { generation }) };
    const twin = { power: { actual: { value: wanted }, outcome } };
    await this.#insist("twin/update", name, { twin }, run);
  }

  /** Asks again while a full disk keeps the edge from answering, as MQTT does without a PUBACK. */
  async #insist(action: Action, name: string, body: object, run: number): Promise<unknown> {
    for (;;) {
      const reply = await this.#ask(action, name, body);
      if (reply !== undefined || run !== this.#run || !this.announced.has(name)) return reply;
      await this.#clock.sleep(1_000);
    }
  }

  async #update(name: string, twin: object): Promise<boolean> {
    const reply = (await this.#ask("twin/update", name, { twin })) as { code?: number } | undefined;
    return reply !== undefined && reply.code === undefined;
  }

  /** The body of the answer; undefined when the edge could not keep what was asked. */
  async #ask(action: Action, name: string, body: object) {
    const topic = deviceTopic(`default/${name}`, action);
    const request = { event_id: "e", timestamp: this.#clock.now(), ...body };
    const publications = await this.#edge?.handle(topic, Buffer.from(JSON.stringify(request)));
    this.hear(publications?.filter(({ kind }) => kind === "notice") ?? []);
    const reply = publications?.find(({ kind }) => kind === "reply");
    return reply?.kind === "reply" && !reply.isLost ? reply.body : undefined;
  }
}

function nameOf(id: DeviceId): string {
  return id.slice("default/".length);
}
