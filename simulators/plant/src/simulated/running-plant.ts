import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import { FaultBook, type InjectedFault } from "../faults/fault-book.ts";
import type { SimFault } from "../faults/sim-fault.ts";
import type { TickWheel } from "../time/tick-wheel.ts";
import type { BusDoor } from "../wire/bus-door.ts";
import { ONLY_UNIT, type PlantBus } from "../wire/plant-bus.ts";
import type { Plant } from "./plant.ts";
import type { SimProperties, SimProperty } from "./sim-model.ts";
import type { AnySimSpec } from "./sim-spec.ts";
import { SimUnit, type SimWrite } from "./sim-unit.ts";

export interface RunningPlantParts {
  readonly properties: SimProperties;
  readonly spec: AnySimSpec;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly unit: number | undefined;
  readonly speed: number;
  readonly wheel: TickWheel | undefined;
}

/** A simulated device on a bus, from the moment at which it is served until it is disposed. */
export class RunningPlant implements Plant {
  readonly properties: readonly SimProperty[];
  readonly bus: PlantBus;
  readonly #parts: RunningPlantParts;
  readonly #unit: SimUnit;
  readonly #faults: FaultBook;
  readonly #leave: () => void;
  #door: BusDoor | undefined;
  /** What undoes the present restart, or refusal. */
  #openings: Map<SimFault, () => void> | undefined;

  constructor(parts: RunningPlantParts, busOf: (unit: SimUnit) => PlantBus) {
    const { clock, random, properties, spec, speed, wheel } = parts;
    this.#parts = parts;
    this.properties = properties.list;
    this.#faults = new FaultBook({
      clock,
      random: () => random.fork("faults"),
      onChange: (fault, isThere) => this.#changed(fault, isThere),
    });
    const faults = this.#faults;
    this.#unit = new SimUnit({ properties, spec, clock, random, faults, speed, wheel });
    this.bus = busOf(this.#unit);
    const panel = this.#unit;
    this.#leave = this.bus.join(parts.unit ?? ONLY_UNIT, {
      panel,
      faults,
      properties: this.properties,
    });
  }

  get host(): string {
    return this.bus.door?.host ?? "";
  }

  get port(): number {
    return this.bus.door?.port ?? 0;
  }

  get url(): string {
    return this.bus.door?.address ?? "";
  }

  get writes(): readonly SimWrite[] {
    return this.#unit.writes;
  }

  /** The door is this plant's own, and closes with it. */
  own(door: BusDoor): void {
    this.#door = door;
  }

  start(ticks: boolean): void {
    if (ticks) this.#unit.start();
    for (const fault of this.#parts.spec.faults ?? []) this.inject(fault);
  }

  readCount(property: string): number {
    return this.#unit.readCount(property);
  }

  inject(fault: SimFault): () => void {
    if (!this.bus.canSuffer(fault.kind)) {
      throw new MapperkitError("unsupported", `the protocol of this plant has no ${fault.kind}`);
    }
    if ("property" in fault && !this.properties.some(({ name }) => name === fault.property)) {
      throw new MapperkitError(
        "not_found",
        `the simulated device has no property ${fault.property}`,
      );
    }
    return this.#faults.inject(fault);
  }

  faults(): readonly InjectedFault[] {
    return this.#faults.list();
  }

  get(property: string): unknown {
    return this.#unit.get(property);
  }

  set(property: string, value: unknown): void {
    this.#unit.set(property, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#faults.clear();
    this.#unit.stop();
    this.#leave();
    await this.#door?.close();
  }

  #changed(fault: SimFault, isThere: boolean): void {
    if (fault.kind === "stuck") this.#unit.stick(fault.property, isThere);
    if (!isThere) {
      this.#openings?.get(fault)?.();
      this.#openings?.delete(fault);
    } else if (fault.kind === "restart") {
      this.#unit.powerOn();
      this.#opens(fault, this.bus.shut());
    } else if (fault.kind === "refused") {
      this.#opens(fault, this.bus.refuse());
    } else if (fault.kind === "halfOpen") {
      this.bus.deafen();
    }
  }

  #opens(fault: SimFault, open: () => void): void {
    this.#openings ??= new Map();
    this.#openings.set(fault, open);
  }
}
