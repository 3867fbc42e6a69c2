import { type Clock, MemoryLog, RealClock, tcpTransports } from "@mapperkit/runtime";
import type { Plant } from "@mapperkit/sim-plant";
import { BenchLink } from "../bench/bench-link.ts";
import { MapperWorld } from "../bench/mapper-world.ts";
import { recordingTransports } from "../bench/recording-transports.ts";
import { Transcript } from "../bench/transcript.ts";
import type { Subject } from "../laws/subject.ts";

/** Where a mapper runs: in memory and virtual time, or for real. */
export interface Theatre extends AsyncDisposable {
  readonly clock: Clock;
  readonly link: BenchLink;
  readonly transcript: Transcript;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  startMapper(): Promise<void>;
  /** @throws when it does not end within 5 s */
  stopMapper(): Promise<void>;
  /** @throws when the mapper ended by itself */
  requireRunning(): void;
}

/** Memory and virtual time. */
export class SimTheatre extends MapperWorld implements Theatre {
  readonly #plants: Plant[] = [];

  constructor({ mapper, options }: Subject, seed: string) {
    super(mapper, seed, { config: options.config });
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async serve({ options }: Subject, place: { host: string; port: number }): Promise<Plant> {
    const { sim, device, wire } = options;
    const plant = await sim.serve({
      ...{ over: "memory", transports: this.network, clock: this.clock, ticks: false, device },
      ...{ ...place, ...(wire && { wire }) },
    });
    this.#plants.push(plant);
    return plant;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      await super[Symbol.asyncDispose]();
    } finally {
      for (const plant of this.#plants) await plant[Symbol.asyncDispose]();
    }
  }
}

const STOP_MS = 5000;

/** Sockets and real time. */
export class RealTheatre implements Theatre {
  readonly clock = new RealClock();
  readonly link = new BenchLink();
  readonly transcript = new Transcript();
  readonly #subject: Subject;
  #run: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  pass(ms: number): Promise<void> {
    return this.clock.sleep(ms);
  }

  async startMapper(): Promise<void> {
    const { clock, link, transcript } = this;
    const { mapper, options } = this.#subject;
    const stop = new AbortController();
    const transports = recordingTransports(tcpTransports(clock), transcript, clock);
    const log = new MemoryLog();
    const done = mapper
      .run({ link, signal: stop.signal, clock, transports, log, ...configOf(options.config) })
      .catch((error: unknown) => {
        this.#failure = { error };
      });
    this.#run = { stop, done };
  }

  async stopMapper(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (!run) return;
    run.stop.abort();
    const done = new AbortController();
    const late = this.clock.sleep(STOP_MS, done.signal).then(() => {
      throw new Error(`the mapper did not stop within ${STOP_MS} ms`);
    });
    late.catch(() => undefined);
    try {
      await Promise.race([run.done, late]);
    } finally {
      done.abort();
    }
    this.requireRunning();
  }

  requireRunning(): void {
    if (this.#failure)
      throw new Error("the mapper ended by itself", { cause: this.#failure.error });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopMapper();
  }
}

function configOf(config: Readonly<Record<string, unknown>> | undefined) {
  return config ? { config } : {};
}
