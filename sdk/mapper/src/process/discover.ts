import { MapperkitError } from "@mapperkit/api";
import {
  type Clock,
  createLog,
  type Log,
  type Random,
  RealClock,
  systemRandom,
  type Transports,
  tcpTransports,
} from "@mapperkit/runtime";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { Discovered } from "../definition/mapper-base.ts";

export interface DiscoverOptions {
  /** Where to look, as far as it is known: parts of a device's `protocol.configData`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly node?: string;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly transports?: Transports;
  readonly log?: Log;
}

/** @throws MapperkitError `unsupported` when the mapper has no discover() */
export async function* discoverDevices(
  name: string,
  mapper: AnyMapper,
  options: DiscoverOptions,
): AsyncGenerator<Discovered<unknown>> {
  if (!mapper.discover) {
    throw new MapperkitError("unsupported", `mapper ${name} cannot look for devices`);
  }
  const clock = options.clock ?? new RealClock();
  yield* mapper.discover({
    config: options.config ?? {},
    device: { name: "", namespace: "", node: options.node ?? "" },
    clock,
    random: options.random ?? systemRandom(),
    transports: options.transports ?? tcpTransports(clock),
    log: options.log ?? createLog({ name }),
    signal: options.signal ?? new AbortController().signal,
  });
}
