import { readFile } from "node:fs/promises";
import { MapperkitError } from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import type { IClientOptions, MqttClient } from "mqtt";
import type { BusBroker, BusMessage, BusTraffic } from "../bus-broker.ts";
import { ExternalSession } from "./external-session.ts";
import type { ExternalSettings } from "./external-settings.ts";

export interface ExternalBrokerParts {
  readonly settings: ExternalSettings;
  readonly node: string;
  readonly traffic: BusTraffic;
  /** What is announced now, by topic: told anew on each connect, the rest is cleared. */
  readonly announcements: ReadonlyMap<string, Buffer>;
  /** What goes to the cloud */
  readonly topics: { readonly filters: readonly string[] };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const RETRY = { initialMs: 250, maxMs: 30_000 };
const CONNECT_TIMEOUT_MS = 10_000;
/** Reasons that are told of one outage */
const MAX_TOLD = 10;
/** MQTT pings; a dead broker is noticed after one and a half of them. */
const KEEPALIVE_S = 15;

/** A broker that others run: dialled for ever; what clients said while the edge was away is waiting there. */
export class ExternalBroker implements BusBroker {
  readonly name = "external-broker";
  readonly #parts: ExternalBrokerParts;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #session: ExternalSession | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: ExternalBrokerParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(RETRY, parts.random);
  }

  get port(): number {
    const { port, protocol } = new URL(this.#parts.settings.url);
    return Number(port) || (protocol === "mqtts:" || protocol === "ssl:" ? 8883 : 1883);
  }

  get sessions(): number {
    return 0;
  }

  get queued(): number {
    return this.#session?.unacknowledged ?? 0;
  }

  /**
   * Resolves before the broker is reached: the edge serves its devices as soon as it is.
   * @throws MapperkitError `invalid_input` when a file of the settings cannot be read
   */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const options = await this.#options();
    this.#running = this.#dialForEver(options, this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  publish(message: BusMessage): void {
    this.#session?.publish(message);
  }

  /** Without a connection nothing is missed: on each the filters of the moment are asked for. */
  subscribe(filter: string): void {
    this.#session?.subscribe([filter]);
  }

  unsubscribe(filter: string): void {
    this.#session?.unsubscribe(filter);
  }

  /** Nobody tells the edge what clients of another program listen to. */
  hasListeners(): boolean {
    return true;
  }

  wantsBeside(): boolean {
    return true;
  }

  async #dialForEver(options: IClientOptions, signal: AbortSignal): Promise<void> {
    const { settings, clock, log } = this.#parts;
    const { url } = settings;
    const { connect } = await loadClient();
    const told = new Set<string>();
    while (!signal.aborted) {
      const client = connect(url, { ...options, manualConnect: true });
      const error = await this.#serveOnce(client, signal);
      if (signal.aborted) return;
      // Once per outage and reason: a broker may be away for weeks.
      if (this.#session) told.clear();
      const isNews = !told.has(error) && told.size < MAX_TOLD;
      if (isNews) log.warn("MQTT broker not reached or lost, trying for ever", { url, error });
      told.add(error);
      this.#session = undefined;
      await clock.sleep(this.#backoff.next(), signal).catch(() => {});
    }
  }

  /** One connection from dial to close; resolves with the reason of its end. */
  async #serveOnce(client: MqttClient, signal: AbortSignal): Promise<string> {
    let reason = "closed by the broker";
    const closed = new Promise<void>((resolve) => client.once("close", resolve));
    client.on("error", (error) => {
      reason = textOf(error);
    });
    const leave = () => {
      // A broker that does not take the farewell must not hold up the stop.
      const patience = this.#parts.clock.timeout(1_000);
      // A second `end` would wait for the same answers as the first.
      patience.addEventListener("abort", () => client.stream.destroy(), { once: true });
      client.end(!client.connected);
    };
    signal.addEventListener("abort", leave, { once: true });
    client.once("connect", ({ sessionPresent }) => {
      this.#backoff.reset();
      this.#session ??= new ExternalSession(client, this.#parts);
      const { url } = this.#parts.settings;
      this.#parts.log.info("MQTT broker connected", { url, sessionPresent });
    });
    // Taken before `connect` is told: the broker sends what waited for the edge at once.
    client.handleMessage = (packet, next) => {
      this.#session ??= new ExternalSession(client, this.#parts);
      this.#session.take(packet, next);
    };
    client.connect();
    if (signal.aborted) leave();
    await closed;
    signal.removeEventListener("abort", leave);
    if (!signal.aborted)
      await new Promise<void>((resolve) => client.end(true, {}, () => resolve()));
    return reason;
  }

  async #options(): Promise<IClientOptions> {
    const { settings, node } = this.#parts;
    const { username, password, caFile, certFile, keyFile } = settings;
    const { Store } = await loadClient();
    return {
      protocolVersion: 4,
      clean: false,
      clientId: settings.clientId ?? `hub-client-${node}`,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      // Of one connection to the next: what the broker has not acknowledged is sent again.
      outgoingStore: new Store({ clean: false }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(caFile && { ca: await pemOf("caFile", caFile) }),
      ...(certFile && { cert: await pemOf("certFile", certFile) }),
      ...(keyFile && { key: await pemOf("keyFile", keyFile) }),
    };
  }
}

async function pemOf(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("invalid_input", `mqtt.external.${key} cannot be read: ${reason}`, {
      cause,
      details: { [key]: file },
    });
  }
}

/** Node gives an AggregateError without a message when every address of a name refuses. */
function textOf(error: Error & { code?: unknown }): string {
  return error.message || String(error.code ?? error.name);
}

/** Loaded by those only whose broker is another program: 8 MB. */
function loadClient(): Promise<typeof import("mqtt")> {
  return import("mqtt");
}
