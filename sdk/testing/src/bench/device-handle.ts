import {
  type DeviceId,
  MapperkitError,
  type ModelDefinition,
  type MsgTwin,
  type PhaseName,
  type PropertyDefinitions,
  type Readable,
  type ValueOf,
  type Writable,
} from "@mapperkit/api";
import type { DeviceState, Quality, QualityReason, Sample } from "@mapperkit/sdk";
import { msOf, type Span } from "./bench-clock.ts";
import type { MapperWorld } from "./mapper-world.ts";
import { twinTextOf, valueOfTwinText } from "./twin-text.ts";

/** What became of a write, as the twin says it. */
export interface WriteResult<T = unknown> {
  readonly phase: Exclude<PhaseName, "Pending">;
  readonly reason: string;
  readonly message: string;
  /** What the device showed last. */
  readonly reported: Sample<T> | undefined;
}

/** A device as its users in the cloud see it: by its twin. */
export interface DeviceHandle<P extends PropertyDefinitions = PropertyDefinitions> {
  readonly id: DeviceId;
  readonly state: DeviceState | undefined;
  /**
   * A sample that was gathered after the call.
   * @throws MapperkitError `timed_out` when none came within `within` (default 1 minute)
   */
  read<K extends Readable<P> & string>(
    name: K,
    options?: { readonly within?: Span },
  ): Promise<Sample<ValueOf<P[K]>>>;
  /** What the twin reports at this moment, if anything. */
  peek<K extends Readable<P> & string>(name: K): Sample<ValueOf<P[K]>> | undefined;
  /**
   * Desires a value and resolves when it is Applied, Rejected or Diverged.
   * @throws MapperkitError `timed_out` when it is still Pending after `within` (default 2 minutes)
   */
  write<K extends Writable<P> & string>(
    name: K,
    value: ValueOf<P[K]>,
    options?: { readonly within?: Span },
  ): Promise<WriteResult<ValueOf<P[K]>>>;
  /** Desires a text, as kubectl does, whatever the model makes of it. */
  desire(name: string, text: string, options?: { readonly within?: Span }): Promise<WriteResult>;
  /** Every sample that is reported, until `signal` aborts. */
  watch<K extends Readable<P> & string>(
    name: K,
    signal: AbortSignal,
  ): AsyncIterable<Sample<ValueOf<P[K]>>>;
}

const READ_WITHIN = "1m";
const WRITE_WITHIN = "2m";

// biome-ignore lint/suspicious/noExplicitAny: the interface carries the model's types, the class its texts
type AnySample = Sample<any>;

export class TwinDeviceHandle implements DeviceHandle {
  readonly id: DeviceId;
  readonly #world: MapperWorld;
  readonly #model: ModelDefinition;
  #generation: number;

  constructor(world: MapperWorld, id: DeviceId, model: ModelDefinition, generation: number) {
    this.id = id;
    this.#world = world;
    this.#model = model;
    this.#generation = generation;
  }

  get state(): DeviceState | undefined {
    return this.#world.link.state(this.id);
  }

  peek(name: string): AnySample | undefined {
    const definition = this.#definitionOf(name);
    const actual = this.#world.link.twin(this.id, name)?.actual;
    if (actual?.value === undefined) return undefined;
    const {
      quality = "Good",
      reason = "ok",
      timestamp = 0,
      sourceTimestamp,
    } = actual.metadata ?? {};
    return {
      value: valueOfTwinText(definition, actual.value),
      quality: quality as Quality,
      reason: reason as QualityReason,
      gatherTimestamp: timestamp,
      ...(sourceTimestamp !== undefined && { sourceTimestamp }),
    };
  }

  read(name: string, { within = READ_WITHIN }: { readonly within?: Span } = {}) {
    const since = this.#world.clock.now();
    // What was gathered in this very millisecond may be older than the call.
    const isNew = () => {
      const sample = this.peek(name);
      return sample && sample.gatherTimestamp > since ? sample : undefined;
    };
    const looked = async () => {
      this.#definitionOf(name);
      return await this.#until(`a new sample of ${name}`, isNew, within);
    };
    return this.#world.clock.follow(looked());
  }

  write(name: string, value: unknown, options: { readonly within?: Span } = {}) {
    return this.desire(name, twinTextOf(value), options);
  }

  desire(name: string, text: string, { within = WRITE_WITHIN }: { readonly within?: Span } = {}) {
    const definition = this.#model.properties[name];
    if (!definition) return Promise.reject(unknownProperty(this.id, name));
    this.#generation += 1;
    const generation = this.#generation;
    this.#world.link.setDesired(this.id, name, text, generation);
    const result = () => {
      const twin: MsgTwin | undefined = this.#world.link.twin(this.id, name);
      const outcome = twin?.outcome;
      if (!outcome || outcome.generation !== generation || outcome.phase === "Pending") {
        return undefined;
      }
      const { phase, reason = "", message = "" } = outcome;
      return { phase, reason, message, reported: this.peek(name) };
    };
    return this.#world.clock.follow(this.#until(`${name} = ${text}`, result, within));
  }

  async *watch(name: string, signal: AbortSignal): AsyncIterable<AnySample> {
    const { link } = this.#world;
    let told: AnySample | undefined;
    while (!signal.aborted) {
      const sample = this.peek(name);
      if (sample && !isSame(sample, told)) {
        told = sample;
        yield sample;
        continue;
      }
      await new Promise<void>((resolve) => {
        const end = () => {
          stop();
          signal.removeEventListener("abort", end);
          resolve();
        };
        const stop = link.listen((id) => id === this.id && end());
        signal.addEventListener("abort", end, { once: true });
      });
    }
  }

  #definitionOf(name: string) {
    const definition = this.#model.properties[name];
    if (definition) return definition;
    throw unknownProperty(this.id, name);
  }

  /** Resolves when a change at the edge makes `find` find something. */
  async #until<T>(what: string, find: () => T | undefined, within: Span): Promise<T> {
    const { clock, link } = this.#world;
    const found = Promise.withResolvers<T>();
    const look = () => {
      const result = find();
      if (result !== undefined) found.resolve(result);
    };
    const stop = link.listen(look);
    const done = new AbortController();
    clock.sleep(msOf(within, "within"), done.signal).then(
      () => found.reject(new MapperkitError("timed_out", `waited ${within} in vain: ${what}`)),
      () => undefined,
    );
    look();
    try {
      return await found.promise;
    } finally {
      stop();
      done.abort();
      this.#world.requireRunning();
    }
  }
}

function isSame(a: AnySample, b: AnySample | undefined): boolean {
  if (!b) return false;
  return (
    a.gatherTimestamp === b.gatherTimestamp &&
    a.quality === b.quality &&
    a.reason === b.reason &&
    twinTextOf(a.value) === twinTextOf(b.value)
  );
}

function unknownProperty(id: DeviceId, name: string): MapperkitError {
  return new MapperkitError("not_found", `device ${id} has no property ${name}`);
}
