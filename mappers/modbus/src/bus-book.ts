import type { Clock } from "@mapperkit/runtime";
import { LateAnswers } from "./client/late-answers.ts";
import { endpointOf, type ModbusConfig } from "./config/modbus-config.ts";

interface Line {
  readonly late: LateAnswers;
  readonly units: Map<number, ModbusConfig>;
}

/** What is known of each line and its units, for as long as a mapper runs. */
export class BusBook {
  readonly #clock: Clock;
  readonly #lines = new Map<string, Line>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A device as it is configured now. */
  note(config: ModbusConfig): void {
    this.line(config).units.set(config.unitId, config);
  }

  line(config: ModbusConfig): Line {
    const key = endpointOf(config);
    const line = this.#lines.get(key) ?? { late: new LateAnswers(this.#clock), units: new Map() };
    this.#lines.set(key, line);
    return line;
  }
}
