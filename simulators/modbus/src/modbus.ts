import { MapperkitError } from "@mapperkit/api";
import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import type { Plant } from "@mapperkit/sim-plant";
import { catalogue } from "./devices/catalogue.ts";
import { type ModbusBus, serveBus } from "./modbus-bus.ts";
import type { ModbusConfig } from "./modbus-config.ts";

/** A Modbus bus with devices that a person would recognise. */
export interface Modbus extends Component {
  /** Where it listens; 0 on a serial line. @throws MapperkitError `conflict` before it was started */
  readonly port: number;
  /** @throws MapperkitError `conflict` before it was started */
  plant(unit: number): Plant;
  /**
   * For a desk, once it was started: `default/oven`, or `default/meter-3` with the unit where there
   * are several of a kind.
   */
  readonly plants: ReadonlyMap<string, Plant>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function createModbus(config: ModbusConfig, surroundings: Surroundings): Modbus {
  return new SimulatedModbus(config, surroundings);
}

class SimulatedModbus implements Modbus {
  readonly name: string;
  readonly plants = new Map<string, Plant>();
  readonly #config: ModbusConfig;
  readonly #surroundings: Surroundings;
  #bus: ModbusBus | undefined;

  constructor(config: ModbusConfig, surroundings: Surroundings) {
    this.name = config.name ?? "modbus";
    this.#config = config;
    this.#surroundings = surroundings;
  }

  get port(): number {
    return this.#running().port;
  }

  plant(unit: number): Plant {
    return this.#running().plant(unit);
  }

  /** @throws MapperkitError `invalid_input` when port or serial line cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port, whenPortTaken, framing, rtu, units, seed } = this.#config;
    const { clock, log } = this.#surroundings;
    this.#bus = await serveBus({
      devices: units.map(({ unit, device }) => ({ unit, simulator: catalogue[device] })),
      framing,
      place: rtu ?? { host, port, whenPortTaken },
      ...{ seed, clock, log },
    });
    for (const { unit, device } of units) {
      const isOnly = units.every((other) => other.device !== device || other.unit === unit);
      this.plants.set(`default/${isOnly ? device : `${device}-${unit}`}`, this.#bus.plant(unit));
    }
  }

  async stop(): Promise<void> {
    await this.#bus?.[Symbol.asyncDispose]();
  }

  #running(): ModbusBus {
    if (this.#bus) return this.#bus;
    throw new MapperkitError("conflict", `${this.name} is not there before it is started`);
  }
}
