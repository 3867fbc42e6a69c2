import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import { LineServer } from "@mapperkit/sim-plant";
import { type CounterControls, obey } from "./commands.ts";
import type { CounterConfig } from "./config.ts";
import { type CounterState, CountRegister } from "./count-register.ts";
import { StateFile } from "./state-file.ts";

/**
 * A counter as it stands in a rack: a switch, a display, a reset button, a dial for the period; and
 * a TCP socket that does the same. The members of CounterControls are its front panel.
 */
export interface Counter extends Component, CounterControls {
  /** Where its line protocol listens. */
  readonly port: number;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const FACTORY_STATE: CounterState = { on: false, periodMs: 1000, value: 0 };
/** A power cut costs at most the counts of this time. */
const SAVE_INTERVAL_MS = 5000;

export function createCounter(config: CounterConfig, surroundings: Surroundings): Counter {
  return new VirtualCounter(config, surroundings);
}

class VirtualCounter implements Counter {
  readonly name: string;
  readonly #surroundings: Surroundings;
  readonly #server: LineServer;
  readonly #memory: StateFile | undefined;
  readonly #stopping = new AbortController();
  #register: CountRegister;
  #saving: Promise<void> | undefined;

  constructor(config: CounterConfig, surroundings: Surroundings) {
    this.name = config.name ?? "counter";
    this.#surroundings = surroundings;
    const { log, clock } = surroundings;
    this.#register = new CountRegister(clock, FACTORY_STATE);
    this.#memory = config.stateFile ? new StateFile(config.stateFile, log) : undefined;
    this.#server = new LineServer({
      name: this.name,
      host: config.host,
      port: config.port,
      whenPortTaken: config.whenPortTaken,
      answer: (line) => obey(this, line),
      log,
    });
  }

  get port(): number {
    return this.#server.port;
  }

  get isOn(): boolean {
    return this.#register.isOn;
  }

  get value(): number {
    return this.#register.value;
  }

  get periodMs(): number {
    return this.#register.periodMs;
  }

  /** @throws MapperkitError `invalid_input` when port or state file cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    // The port first: who has it may be the counter that this state belongs to.
    await this.#server.start(signal);
    try {
      if (this.#memory) this.#restore(this.#memory);
    } catch (error) {
      await this.#server.stop();
      throw error;
    }
    if (this.#memory) this.#saving = this.#saveNowAndThen(this.#memory);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.#stopping.abort(new Error(`${this.name} was stopped`));
    await this.#saving;
  }

  turn(on: boolean): void {
    this.#register.turn(on);
    this.#remember();
  }

  setPeriod(periodMs: number): void {
    this.#register.setPeriod(periodMs);
    this.#remember();
  }

  reset(): void {
    this.#register.reset();
    this.#remember();
  }

  /** Without an await after the port is open, so no client sees the counter before. */
  #restore(memory: StateFile): void {
    const state = memory.load() ?? FACTORY_STATE;
    this.#register = new CountRegister(this.#surroundings.clock, state);
    memory.prepare(state);
  }

  #remember(): void {
    this.#memory?.save(this.#register.state);
  }

  async #saveNowAndThen(memory: StateFile): Promise<void> {
    const { clock, random } = this.#surroundings;
    const { signal } = this.#stopping;
    // Many counters on one disk do not write at the same moment.
    let waitMs = random.int(1, SAVE_INTERVAL_MS);
    while (!signal.aborted) {
      // Woken by stop(), it saves once more.
      await clock.sleep(waitMs, signal).catch(() => {});
      memory.save(this.#register.state);
      waitMs = SAVE_INTERVAL_MS;
    }
  }
}
