import { Socket } from "node:net";
import {
  type DeviceAction,
  type DeviceId,
  deviceIdOf,
  deviceTopic,
  MapperkitError,
  type MsgTwin,
  type PropertyRefusal,
  parseAnnouncementTopic,
  parseDeviceAnnouncement,
  parseDeviceTopic,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinResult,
  type TwinResult,
} from "@mapperkit/api";
import { Backoff, type Clock, type Log, type Random } from "@mapperkit/runtime";
import { connect, type MqttClient } from "mqtt";
import { withDeadline } from "../time/deadline.ts";
import { heardTopicsOf } from "./heard-topics.ts";
import { PendingReplies } from "./pending-replies.ts";
import type { DeviceState, TwinLink, TwinListener } from "./twin-link.ts";

const PUBLISH_MS = 5000;
const REFRESH_BACKOFF = { initialMs: 500, maxMs: 30_000 };

/** Where the edge's broker is, and as whom to speak with it. Files are PEM texts. */
export interface MqttBroker {
  /** `mqtt://host:port`, or `mqtts://host:port` for TLS. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Authorities that the broker's certificate may come from. Default: those of the system. */
  readonly ca?: string;
  /** The client's certificate and its key, where the broker asks for them. */
  readonly cert?: string;
  readonly key?: string;
}

export interface MqttTwinLinkParts extends MqttBroker {
  readonly node?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Twins over MQTT, as the edge's DeviceTwin speaks them (mqtt-topics). Nothing depends on a message
 * that was sent once: each connect subscribes anew, hears all announcements and asks for each twin.
 */
export class MqttTwinLink implements TwinLink {
  readonly #parts: MqttTwinLinkParts;
  readonly #replies: PendingReplies;
  /** Who watches a device now: a session that ends late must not take its successor's subscription. */
  readonly #watched = new Map<DeviceId, symbol>();
  /** Devices that this connection has heard of. */
  #announced = new Set<DeviceId>();
  /** Devices whose topics this connection has subscribed. */
  #subscribed = new Map<DeviceId, Promise<void>>();
  /** Unsubscriptions that the broker has not answered yet. */
  #leaving = new Map<DeviceId, Promise<unknown>>();
  #connection = new AbortController();
  #client: MqttClient | undefined;
  #listener: TwinListener | undefined;

  constructor(parts: MqttTwinLinkParts) {
    this.#parts = parts;
    this.#replies = new PendingReplies(parts.clock);
  }

  get isUp(): boolean {
    return this.#client?.connected === true;
  }

  async serve(listener: TwinListener, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { url, username, password, ca, cert, key, random, log } = this.#parts;
    const { host } = new URL(url);
    const secrets = Object.entries({ username, password, ca, cert, key });
    const given = Object.fromEntries(secrets.filter(([, value]) => value !== undefined));
    this.#listener = listener;
    const client = connect(url, {
      ...given,
      clean: true,
      clientId: `mapperkit-${crypto.randomUUID()}`,
      connectTimeout: 10_000,
      keepalive: 15,
      queueQoSZero: false,
      reconnectOnConnackError: true,
      // Mappers of one edge must not all come back in the same moment.
      reconnectPeriod: random.int(500, 1500),
      resubscribe: false,
    });
    this.#client = client;
    client.on("connect", () => this.#connected(client));
    client.on("close", () => this.#disconnected());
    client.on("error", (error) => log.debug("broker not reached", { host, error: error.message }));
    client.on("message", (topic, body) => this.#received(topic, body));
    await new Promise((ended) => signal.addEventListener("abort", ended, { once: true }));
    this.#listener = undefined;
    this.#disconnected();
    await client.endAsync(true);
    this.#client = undefined;
  }

  watch(id: DeviceId): () => void {
    const watcher = Symbol(id);
    this.#watched.set(id, watcher);
    if (this.#client?.connected) this.#refresh(id, this.#connection.signal);
    return () => {
      if (this.#watched.get(id) !== watcher) return;
      this.#watched.delete(id);
      this.#announced.delete(id);
      this.#subscribed.delete(id);
      if (this.#client?.connected) this.#leave(id, this.#client);
    };
  }

  async report(
    id: DeviceId,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, PropertyRefusal>>> {
    const { errors } = await this.#ask(id, "twin/update", { twin });
    return errors ?? {};
  }

  async setState(id: DeviceId, state: DeviceState): Promise<void> {
    const client = this.#connectedClient();
    const { clock } = this.#parts;
    const what = `state of ${id}`;
    const body = JSON.stringify({ ...this.#base(), state });
    const { signal } = this.#connection;
    await withDeadline({ clock, ms: PUBLISH_MS, signal, what }, async () => {
      await client.publishAsync(deviceTopic(id, "state/update"), body, { qos: 1 });
    });
  }

  #connected(client: MqttClient): void {
    // Else a report waits up to 40 ms for the acknowledgement of the PUBACK before it (Nagle).
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
    const { url, node, log } = this.#parts;
    // The whole URL may hold a password.
    log.info("broker connected", { host: new URL(url).host });
    this.#announced = new Set();
    this.#subscribed = new Map();
    this.#leaving = new Map();
    this.#connection = new AbortController();
    const topic = `$hw/events/node/${node ?? "+"}/devices/#`;
    client.subscribe(topic, { qos: 1 }, (error) => {
      if (error) log.warn("devices cannot be subscribed", { error: error.message });
    });
    for (const id of this.#watched.keys()) this.#refresh(id, this.#connection.signal);
    this.#listener?.linkUp();
  }

  #disconnected(): void {
    if (this.#connection.signal.aborted) return;
    const error = new MapperkitError("unreachable", "the broker's connection is closed");
    this.#connection.abort(error);
    this.#replies.rejectAll(error);
  }

  /** Subscribes a device's topics and asks for its twin until it is told, or the connection ends. */
  #refresh(id: DeviceId, signal: AbortSignal): void {
    this.#askUntilTold(id, signal).catch((error: unknown) => {
      if (!signal.aborted)
        this.#parts.log.error("twin not heard", { device: id, error: messageOf(error) });
    });
  }

  async #askUntilTold(id: DeviceId, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#parts;
    const backoff = new Backoff(REFRESH_BACKOFF, random);
    while (!signal.aborted && this.#watched.has(id)) {
      try {
        const { twin } = await this.#ask(id, "twin/get", {});
        this.#tell(id, twin ?? {});
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isUnknown = error instanceof MapperkitError && error.code === "not_found";
        // Unknown at the edge and not announced since the connect: it left while nobody listened.
        if (isUnknown && !this.#announced.has(id)) {
          this.#listener?.deviceGone(id);
          return;
        }
        log.debug("twin not told yet", { device: id, error: messageOf(error) });
        await clock.sleep(backoff.next(), signal);
      }
    }
  }

  /** A broker may work several packets of a client at once: what follows waits for the answer. */
  #leave(id: DeviceId, client: MqttClient): void {
    const leaving = this.#leaving;
    const left = client
      .unsubscribeAsync(heardTopicsOf(id))
      .catch(() => undefined)
      .finally(() => leaving.get(id) === left && leaving.delete(id));
    leaving.set(id, left);
  }

  /** Results would be missed before the topics are subscribed: once in each connection. */
  #subscribe(id: DeviceId, client: MqttClient): Promise<void> {
    const known = this.#subscribed.get(id);
    if (known !== undefined) return known;
    const { clock } = this.#parts;
    const { signal } = this.#connection;
    const what = `subscription of ${id}`;
    const fresh = withDeadline({ clock, ms: PUBLISH_MS, signal, what }, async () => {
      await this.#leaving.get(id);
      await client.subscribeAsync(heardTopicsOf(id), { qos: 1 });
    });
    this.#subscribed.set(id, fresh);
    fresh.catch(() => this.#subscribed.delete(id));
    return fresh;
  }

  async #ask(id: DeviceId, action: DeviceAction, body: object): Promise<TwinResult> {
    const client = this.#connectedClient();
    await this.#subscribe(id, client);
    const base = this.#base();
    const text = JSON.stringify({ ...base, ...body });
    return await this.#replies.request(base.event_id, `answer to ${action} of ${id}`, () => {
      // A publish that is lost shows as an answer that does not come.
      client.publish(deviceTopic(id, action), text, { qos: 1 }, () => undefined);
    });
  }

  #base(): { event_id: string; timestamp: number } {
    return { event_id: crypto.randomUUID(), timestamp: this.#parts.clock.now() };
  }

  #connectedClient(): MqttClient {
    if (this.#client?.connected) return this.#client;
    throw new MapperkitError("unreachable", "the broker is not connected");
  }

  /** Foreign bytes: whatever is wrong with them is logged and forgotten. */
  #received(topic: string, body: Uint8Array): void {
    try {
      this.#understand(topic, body);
    } catch (error) {
      this.#parts.log.debug("message not understood", { topic, error: messageOf(error) });
    }
  }

  #understand(topic: string, body: Uint8Array): void {
    const announced = parseAnnouncementTopic(topic);
    if (announced) this.#hearAnnouncement(announced, body);
    const device = parseDeviceTopic(topic);
    switch (device?.action) {
      case "twin/update/result":
      case "twin/get/result":
        this.#replies.settle(parseTwinResult(body));
        break;
      case "twin/update/document": {
        const changes = Object.entries(parseTwinDocument(body).twin);
        const present = changes.map(([property, { current }]) => [property, current] as const);
        this.#tell(device.id, Object.fromEntries(present));
        break;
      }
      case "twin/update/delta":
        this.#tell(device.id, parseTwinDelta(body).twin);
        break;
    }
  }

  #hearAnnouncement({ node, id }: { node: string; id: DeviceId }, body: Uint8Array): void {
    const announcement = parseDeviceAnnouncement(body);
    if (!announcement) {
      this.#announced.delete(id);
      this.#listener?.deviceGone(id);
      return;
    }
    if (deviceIdOf(announcement.device.metadata) !== id) {
      throw new MapperkitError("invalid_input", `announcement on the topic of ${id} is of another`);
    }
    this.#announced.add(id);
    this.#listener?.deviceAnnounced(announcement, node);
  }

  #tell(id: DeviceId, twin: Readonly<Record<string, MsgTwin | null>>): void {
    if (!this.#watched.has(id)) return;
    for (const [property, change] of Object.entries(twin)) {
      this.#listener?.twinHeard(id, property, change);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
