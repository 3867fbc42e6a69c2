import { type DeviceId, MapperkitError } from "@mapperkit/api";
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
import { MemoryBuffer } from "../buffer/memory-buffer.ts";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import { SqliteBuffer } from "../buffer/sqlite-buffer.ts";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { HttpOptions, MapperServer } from "../http/mapper-server.ts";
import { type MqttBroker, MqttTwinLink } from "../twin-link/mqtt-twin-link.ts";
import type { TwinLink } from "../twin-link/twin-link.ts";
import type { DeviceViews } from "./device-views.ts";
import { MapperProcess } from "./mapper-process.ts";
import { observeBy, type ProcessObserver } from "./process-observer.ts";
import type { SwapOutcome } from "./swap-driver.ts";

export interface RunOptions {
  /** Where the edge's twins are: a broker's URL (`mqtt://host:port`), the broker, or a link in process. */
  readonly link: string | MqttBroker | TwinLink;
  /**
   * Keeps what the edge has not taken yet in this SQLite file, over a restart of the mapper.
   * Default: in memory.
   */
  readonly bufferFile?: string;
  /** Most samples that wait for the edge; the oldest are dropped and counted. Default 100,000. */
  readonly maxBuffered?: number;
  /** Only devices of this node. Default: all that the broker announces. */
  readonly node?: string;
  /** What a device's `protocol.configData` lacks is taken from here. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Serves values, desired values and metrics over HTTP. Default: not at all. */
  readonly http?: HttpOptions;
  /** Hears how the work goes. */
  readonly observer?: ProcessObserver;
  /** Called once, when the edge is reached for the first time. */
  readonly onReady?: () => void;
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly transports?: Transports;
  readonly log?: Log;
}

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: Transports;
  readonly log: Log;
}

/** A mapper at work. */
export interface RunningMapper {
  /** Resolves when it has closed what it opened, after the `signal` of its options aborted. */
  readonly ended: Promise<void>;
  /** Its devices, and what it knows of them. */
  readonly views: DeviceViews;
  /** Reads a property before its turn, if its device is worked. */
  readSoon(device: DeviceId, property: string): void;
  /**
   * Gives the devices to a new build of the driver, usually within half a second: sessions are
   * opened anew, while samples, desired values and reports stay. A build that refuses a device that
   * the former one takes, or that does not open within two seconds what the former one had open, is
   * rolled back. Swaps are done one after another. Never rejects.
   */
  swap(next: { readonly definition: AnyMapper }): Promise<SwapOutcome>;
}

/**
 * Works for devices until `signal` aborts, then closes what it opened. Resolves when it has begun.
 * @throws MapperkitError `invalid_input` for options that cannot be
 */
export async function startMapper(
  name: string,
  mapper: AnyMapper,
  options: RunOptions,
): Promise<RunningMapper> {
  const { node, config = {}, signal, onReady } = options;
  const clock = options.clock ?? new RealClock();
  const random = options.random ?? systemRandom();
  const transports = options.transports ?? tcpTransports(clock);
  const ports: Ports = { clock, random, transports, log: options.log ?? createLog({ name }) };
  const link = openLink(options.link, node, ports);
  const buffer = openBuffer(options.bufferFile, options.maxBuffered);
  const http = options.http && (await openHttp(options.http, buffer, ports));
  const observer = observeBy([options.observer ?? [], http?.observer ?? []].flat());
  const process = new MapperProcess({
    ...{ mapper, link, node, config, buffer, observer, onReady },
    ...ports,
  });
  try {
    await http?.server.start(process);
  } catch (error) {
    buffer.close();
    throw error;
  }
  const end = async () => {
    await http?.server.stop();
    await process.stop();
  };
  return {
    ended: serve(link, process, signal, end).finally(() => buffer.close()),
    views: process,
    readSoon: (device, property) => process.readSoon(device, property),
    swap: ({ definition }) => process.swap(definition),
  };
}

async function serve(
  link: TwinLink,
  process: MapperProcess,
  signal: AbortSignal,
  end: () => Promise<void>,
): Promise<void> {
  const linkEnded = new AbortController();
  const serving = link.serve(process, linkEnded.signal);
  try {
    await Promise.race([aborted(signal), serving]);
  } finally {
    await end();
    linkEnded.abort();
    await serving;
  }
}

/** Loaded only where it is asked for. */
async function openHttp(
  options: HttpOptions,
  buffer: ReportBuffer,
  { clock, log }: Ports,
): Promise<{ server: MapperServer; observer: ProcessObserver }> {
  const { MapperServer } = await import("../http/mapper-server.ts");
  const { Watchers } = await import("../http/watchers.ts");
  const { MapperMetrics } = await import("../metrics/mapper-metrics.ts");
  const metrics = new MapperMetrics(buffer, clock);
  const watchers = new Watchers();
  const server = new MapperServer(options, { metrics, watchers, log });
  return { server, observer: observeBy([metrics, watchers]) };
}

function openBuffer(file: string | undefined, max: number | undefined): ReportBuffer {
  if (file === undefined) return new MemoryBuffer(max);
  const buffer = new SqliteBuffer(file, max);
  buffer.open();
  return buffer;
}

function openLink(
  link: string | MqttBroker | TwinLink,
  node: string | undefined,
  { clock, random, log }: Ports,
): TwinLink {
  if (typeof link !== "string" && "serve" in link) return link;
  const broker = typeof link === "string" ? { url: link } : link;
  const url = URL.parse(broker.url);
  if (!url || !/^(mqtts?|wss?):$/.test(url.protocol) || url.hostname === "") {
    const shown = broker.url.replace(/\/\/.*@/, "//");
    throw new MapperkitError("invalid_input", `link is "${shown}", expected mqtt://host:port`, {
      details: { field: "link" },
    });
  }
  return new MqttTwinLink({ ...broker, node, clock, random, log });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
