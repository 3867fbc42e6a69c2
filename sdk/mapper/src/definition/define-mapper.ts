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
import { MemoryBuffer } from "../buffer/memory-buffer.ts";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import { SqliteBuffer } from "../buffer/sqlite-buffer.ts";
import { silentObserver } from "../device-session/silent-observer.ts";
import { MapperProcess } from "../process/mapper-process.ts";
import { type MqttBroker, MqttTwinLink } from "../twin-link/mqtt-twin-link.ts";
import type { TwinLink } from "../twin-link/twin-link.ts";
import type { MapperDefinition } from "./any-mapper.ts";

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
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly transports?: Transports;
  readonly log?: Log;
}

/** A mapper, ready to run. */
export interface Mapper {
  /** Its protocol, or the model that it claims. */
  readonly name: string;
  /**
   * Works for the devices it claims until `signal` aborts, then closes what it opened. A device, a
   * driver or an edge that fails never ends it.
   * @throws MapperkitError `invalid_input` when `link` is no link
   */
  run(options: RunOptions): Promise<void>;
}

/** Makes a mapper of what an author knows: where values live, and how one is read and written. */
export function defineMapper<C = unknown, V = unknown, S = unknown>(
  definition: MapperDefinition<C, V, S>,
): Mapper {
  const name = definition.protocol ?? definition.claims?.model ?? "mapper";
  return { name, run: (options) => runMapper(name, definition, options) };
}

async function runMapper<C, V, S>(
  name: string,
  mapper: MapperDefinition<C, V, S>,
  { link, node, config = {}, signal, bufferFile, maxBuffered, ...ports }: RunOptions,
): Promise<void> {
  const clock = ports.clock ?? new RealClock();
  const random = ports.random ?? systemRandom();
  const transports = ports.transports ?? tcpTransports(clock);
  const log = ports.log ?? createLog({ name });
  const twinLink = openLink(link, { node, clock, random, log });
  const buffer = openBuffer(bufferFile, maxBuffered);
  const process = new MapperProcess({
    ...{ mapper, link: twinLink, node, config, clock, random, transports, log },
    buffer,
    observe: () => silentObserver,
  });
  const linkEnded = new AbortController();
  const serving = twinLink.serve(process, linkEnded.signal);
  try {
    await Promise.race([aborted(signal), serving]);
  } finally {
    await process.stop();
    linkEnded.abort();
    await serving;
    buffer.close();
  }
}

function openBuffer(file: string | undefined, max: number | undefined): ReportBuffer {
  if (file === undefined) return new MemoryBuffer(max);
  const buffer = new SqliteBuffer(file, max);
  buffer.open();
  return buffer;
}

function openLink(
  link: string | MqttBroker | TwinLink,
  parts: { node: string | undefined; clock: Clock; random: Random; log: Log },
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
  return new MqttTwinLink({ ...broker, ...parts });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
