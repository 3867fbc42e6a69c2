import { type DeviceModel, MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { PropertyValue } from "@mapperkit/sdk";
import { type Plant, PlantBus, plausibleSimulator, type SimProperty } from "@mapperkit/sim-plant";
import type { PlantValues } from "./kept-values.ts";

export interface VirtualDeviceParts {
  readonly model: DeviceModel;
  readonly seed: string;
  readonly speed: number;
  /** What it begins with; the rest its plant makes up. */
  readonly values: PlantValues;
  /** What it shows for ever, whatever its plant does. */
  readonly constants: PlantValues;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A device that exists only here: a plausible plant of its model. */
export class VirtualDevice implements AsyncDisposable {
  readonly #plant: Plant;
  readonly #constants: PlantValues;
  readonly #properties: ReadonlyMap<string, SimProperty>;

  static async start(parts: VirtualDeviceParts): Promise<VirtualDevice> {
    const { model, seed, speed, clock, random, log } = parts;
    // Nobody comes to it by a wire.
    const bus = new PlantBus({ wire: { open: () => () => [] }, clock, random, log });
    const plant = await plausibleSimulator(model).serve({ over: bus, seed, speed, clock, log });
    const device = new VirtualDevice(plant, parts.constants);
    for (const [name, value] of Object.entries(parts.values)) {
      if (device.#properties.has(name)) plant.set(name, value);
    }
    return device;
  }

  private constructor(plant: Plant, constants: PlantValues) {
    this.#plant = plant;
    this.#constants = constants;
    this.#properties = new Map(plant.properties.map((property) => [property.name, property]));
  }

  get values(): PlantValues {
    const kept = [...this.#properties.values()].filter(({ kind }) => kind !== "bytes");
    return Object.fromEntries(kept.map(({ name }) => [name, this.#plant.get(name)]));
  }

  read(property: string): PropertyValue {
    const value = this.#constants[property] ?? this.#plant.get(property);
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
      case "bigint":
        return value;
      default:
        return value instanceof Uint8Array ? value : JSON.stringify(value);
    }
  }

  /** @throws MapperkitError `rejected` for what only the device itself changes */
  write(property: string, value: PropertyValue): void {
    const own = this.#properties.get(property);
    if (!own?.isWritable) throw new MapperkitError("rejected", `${property} cannot be written`);
    const { kind } = own;
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (kind === "number" && isNumber) this.#plant.set(property, Number(value));
    else if (kind === "bigint" && isNumber) this.#plant.set(property, BigInt(value));
    else this.#plant.set(property, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plant[Symbol.asyncDispose]();
  }
}
