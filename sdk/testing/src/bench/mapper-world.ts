import { MapperkitError } from "@mapperkit/api";
import { createRandom, MemoryLog, MemoryTransports } from "@mapperkit/runtime";
import type { Mapper } from "@mapperkit/sdk";
import { BenchClock } from "./bench-clock.ts";
import { BenchLink } from "./bench-link.ts";
import { type Noise, NoisyTransports } from "./noisy-transports.ts";
import { recordingTransports } from "./recording-transports.ts";
import { Transcript } from "./transcript.ts";

/** A moment like any other; cycles align to it. */
const START_MS = 1_700_000_000_000;
/** A mapper that stops has 2 s for each session it closes. */
const STOP_MS = 5000;

export interface MapperWorldOptions {
  /** What a device's configData lacks, as for run(). */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** False where nobody asks for the transcript: it costs a tenth of the time. Default true. */
  readonly isRecorded?: boolean;
}

/** An edge, a network and a clock in memory, and a mapper that runs in them. */
export class MapperWorld implements AsyncDisposable {
  readonly clock = new BenchClock(START_MS);
  readonly link = new BenchLink();
  /** Plants listen here. */
  readonly network = new MemoryTransports();
  readonly transcript = new Transcript();
  readonly log = new MemoryLog();
  readonly #mapper: Mapper;
  readonly #seed: number | string;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #isRecorded: boolean;
  readonly #line: NoisyTransports;
  #run: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    mapper: Mapper,
    seed: number | string,
    { config = {}, isRecorded = true }: MapperWorldOptions = {},
  ) {
    this.#mapper = mapper;
    this.#seed = seed;
    this.#config = config;
    this.#isRecorded = isRecorded;
    this.#line = new NoisyTransports(this.network);
  }

  /** Lays noise over every answer from now on; undefined ends it. */
  setNoise(noise: Noise | undefined): void {
    this.#line.noise = noise;
  }

  /** Runs the mapper, until stopMapper(). */
  async startMapper(): Promise<void> {
    const { clock, link, log, transcript } = this;
    const stop = new AbortController();
    const transports = this.#isRecorded
      ? recordingTransports(this.#line, transcript, clock)
      : this.#line;
    const random = createRandom(this.#seed);
    const ports = { clock, random, transports, log };
    const done = this.#mapper
      .run({ link, config: this.#config, signal: stop.signal, ...ports })
      .catch((error: unknown) => {
        this.#failure = { error };
      });
    this.#run = { stop, done };
    await clock.advance(0);
    this.requireRunning();
  }

  /** @throws whatever the mapper ended with; `timed_out` when it does not end */
  async stopMapper(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (!run) return;
    run.stop.abort();
    await this.clock.runUntil(run.done, STOP_MS);
    this.requireRunning();
  }

  /** @throws whatever the mapper ended with, which it never should */
  requireRunning(): void {
    if (!this.#failure) return;
    const { error } = this.#failure;
    const why = error instanceof Error ? error.message : String(error);
    throw new MapperkitError("internal", `the mapper ended by itself: ${why}`, { cause: error });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopMapper();
  }
}
