import type {
  DeviceId,
  PhaseName,
  PropertyDefinitions,
  Readable,
  ValueOf,
  Writable,
} from "@mapperkit/api";
import type { ExplainedPlan } from "../device-plan/explain-plan.ts";
import type { Sample } from "../values/sample.ts";

/** How a device that a program works by itself is. Degraded: some of its units answer, some do not. */
export type HandleState = "Connecting" | "Online" | "Degraded" | "Offline" | "Stopped";

/** What became of a write. Pending: it had not been proved when the time was over. */
export interface WriteResult<T = unknown> {
  readonly phase: PhaseName;
  readonly reason: string;
  readonly message: string;
  /** The latest sample; undefined when nothing was read yet. */
  readonly reported: Sample<T> | undefined;
}

/** A device in the hands of a program, without an edge. Ends what it opened when it is disposed of. */
export interface DeviceHandle<P extends PropertyDefinitions = PropertyDefinitions>
  extends AsyncDisposable {
  readonly id: DeviceId;
  readonly state: HandleState;
  /**
   * Asks the device now. What it refuses or does not answer is a sample with quality Bad.
   * @throws MapperkitError `not_found`, `unsupported` for what cannot be read, `timed_out` when
   *   nothing was heard of it for `withinMs` (default 10 s), `unreachable` once it is stopped
   */
  read<K extends Readable<P> & string>(
    name: K,
    options?: { readonly withinMs?: number },
  ): Promise<Sample<ValueOf<P[K]>>>;
  /**
   * Writes, proves it as the model says, and tells what came of it.
   * @throws MapperkitError `not_found`, `unreachable` once it is stopped
   */
  write<K extends Writable<P> & string>(
    name: K,
    value: ValueOf<P[K]>,
    options?: { readonly withinMs?: number },
  ): Promise<WriteResult<ValueOf<P[K]>>>;
  /** The samples from now on, one for each read; of those that nobody takes the last 1,000 are kept. */
  watch<K extends Readable<P> & string>(
    name: K,
    signal?: AbortSignal,
  ): AsyncIterable<Sample<ValueOf<P[K]>>>;
  /** The requests of its polls, and what they cost. */
  plan(): ExplainedPlan;
}
