import { MapperkitError } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import type { Plant } from "@mapperkit/sim-plant";
import { labSupply } from "./devices/lab-supply.ts";
import { ScpiWire } from "./devices/scpi-wire.ts";
import { timingText } from "./doors/line-timing.ts";
import { type SerialLine, serveLine } from "./serial-line.ts";
import type { SupplyConfig } from "./supply-config.ts";

/** A laboratory supply on a serial line or behind a gateway. */
export interface Supply extends Component {
  /** As people read it. @throws MapperkitError `conflict` before it was started */
  readonly address: string;
  /** @throws MapperkitError `conflict` before it was started */
  readonly plant: Plant;
}

const UNIT = 1;

export function createSupply(
  config: SupplyConfig,
  surroundings: { readonly clock: Clock; readonly log: Log },
): Supply {
  return new SimulatedSupply(config, surroundings);
}

class SimulatedSupply implements Supply {
  readonly name: string;
  readonly #config: SupplyConfig;
  readonly #surroundings: { readonly clock: Clock; readonly log: Log };
  #line: SerialLine | undefined;

  constructor(config: SupplyConfig, surroundings: { readonly clock: Clock; readonly log: Log }) {
    this.name = config.name ?? "supply";
    this.#config = config;
    this.#surroundings = surroundings;
  }

  get address(): string {
    const { pty, host } = this.#config;
    const { port } = this.#running();
    return pty ? `${pty.path} (${timingText(pty)})` : `tcp://${host}:${port}`;
  }

  get plant(): Plant {
    return this.#running().plant(UNIT);
  }

  /** @throws MapperkitError `invalid_input` when port or path cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port, whenPortTaken, pty, seed } = this.#config;
    this.#line = await serveLine({
      wire: new ScpiWire(UNIT),
      devices: new Map([[UNIT, labSupply]]),
      place: pty ?? { host, port, whenPortTaken },
      ...{ seed, ...this.#surroundings },
    });
  }

  async stop(): Promise<void> {
    await this.#line?.[Symbol.asyncDispose]();
  }

  #running(): SerialLine {
    if (this.#line) return this.#line;
    throw new MapperkitError("conflict", `${this.name} is not there before it is started`);
  }
}
