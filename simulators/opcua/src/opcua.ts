import { MapperkitError } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import type { Plant } from "@mapperkit/sim-plant";
import { pumpSimulator } from "./devices/pump.ts";
import type { OpcuaSimConfig } from "./opcua-config.ts";
import { type OpcuaServer, serveOpcua } from "./server/opcua-plants.ts";

/** An OPC UA server with a pump behind it. */
export interface Opcua extends Component {
  /** @throws MapperkitError `conflict` before it was started */
  readonly url: string;
  /** @throws MapperkitError `conflict` before it was started */
  readonly plant: Plant;
}

const PUMP = "Pump";

export function createOpcua(
  config: OpcuaSimConfig,
  surroundings: { readonly clock: Clock; readonly log: Log },
): Opcua {
  return new SimulatedOpcua(config, surroundings);
}

class SimulatedOpcua implements Opcua {
  readonly name: string;
  readonly #config: OpcuaSimConfig;
  readonly #surroundings: { readonly clock: Clock; readonly log: Log };
  #server: OpcuaServer | undefined;

  constructor(config: OpcuaSimConfig, surroundings: { readonly clock: Clock; readonly log: Log }) {
    this.name = config.name ?? "opcua";
    this.#config = config;
    this.#surroundings = surroundings;
  }

  get url(): string {
    return this.#running().url;
  }

  get plant(): Plant {
    return this.#running().plant(PUMP);
  }

  /** @throws MapperkitError `invalid_input` when the port cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const devices = [{ name: PUMP, simulator: pumpSimulator }];
    const { name: _, ...options } = this.#config;
    this.#server = await serveOpcua({ devices, ...options, ...this.#surroundings });
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  #running(): OpcuaServer {
    if (this.#server) return this.#server;
    throw new MapperkitError("conflict", `${this.name} is not there before it is started`);
  }
}
