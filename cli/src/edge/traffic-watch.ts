import { type DeviceId, MapperkitError } from "@mapperkit/api";
import type { Clock, Component } from "@mapperkit/runtime";
import { connect, type MqttClient } from "mqtt";
import type { Streams } from "../output/streams.ts";
import { readTraffic, trafficLine } from "./traffic-line.ts";

export interface TrafficWatchParts {
  /** `mqtt://[user:password@]host:port` */
  readonly link: string;
  readonly device?: DeviceId | undefined;
  readonly output: "text" | "json";
  readonly clock: Clock;
  readonly streams: Streams;
}

const TOPICS = ["$hw/events/device/#", "$hw/events/node/#"];
const RECONNECT_MS = 1_000;

/** Prints a line for each message of the twin traffic, and comes back after each cut of the link. */
export class TrafficWatch implements Component {
  readonly name = "watch";
  readonly #parts: TrafficWatchParts;
  #client: MqttClient | undefined;
  #isSilenced = false;

  constructor(parts: TrafficWatchParts) {
    this.#parts = parts;
  }

  /**
   * Resolves at once: a broker that is not there yet is waited for.
   * @throws MapperkitError `invalid_input` when the link is no MQTT URL
   */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { link } = this.#parts;
    if (!/^mqtts?:$/.test(URL.parse(link)?.protocol ?? "")) {
      throw new MapperkitError("invalid_input", `--link ${link}: expected mqtt://HOST:PORT`);
    }
    const client = connect(link, { reconnectPeriod: RECONNECT_MS, resubscribe: false });
    this.#client = client;
    client.on("connect", () => this.#connected(client));
    client.on("message", (topic, payload) => this.#print(topic, payload));
    client.on("error", (error) => this.#say(error.message || "no answer"));
    client.on("close", () => this.#say("the link was cut"));
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.endAsync(true);
  }

  #connected(client: MqttClient): void {
    const { streams, link } = this.#parts;
    this.#isSilenced = false;
    client.subscribe(TOPICS, { qos: 0 }, (error) => {
      if (error) this.#say(error.message);
      else streams.err(`watching ${withoutPassword(link)}, Ctrl-C ends`);
    });
  }

  /** Once per outage. */
  #say(reason: string): void {
    if (this.#isSilenced || !this.#client) return;
    this.#isSilenced = true;
    const { streams, link } = this.#parts;
    streams.err(`${withoutPassword(link)} is not reached (${reason}), trying again …`);
  }

  #print(topic: string, payload: Uint8Array): void {
    const { clock, streams, device, output } = this.#parts;
    const traffic = readTraffic(topic, payload);
    if (!traffic || (device !== undefined && traffic.device !== device)) return;
    const now = clock.now();
    const json = () => JSON.stringify({ time: new Date(now).toISOString(), ...traffic });
    streams.out(output === "text" ? trafficLine(traffic, now) : json());
  }
}

function withoutPassword(link: string): string {
  return link.replace(/\/\/[^/@]*@/, "//");
}
