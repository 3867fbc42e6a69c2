import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { type Envelope, envelopeTrace, makeEnvelope, resources } from "@mapperkit/api";
import { Backoff, type Clock, type Component, type Log, type Random } from "@mapperkit/runtime";
import type { Credentials } from "../join/credential-files.ts";
import { type EdgeMetrics, noMetrics } from "../monitoring/edge-metrics.ts";
import {
  type CloudAnswers,
  type CloudObjects,
  CloudRouter,
  type CloudUsers,
  type CloudWord,
} from "./cloud-router.ts";
import type { CloudInventory } from "./edge-inventory.ts";
import { HubConnection } from "./hub-connection.ts";

/** Who has something to tell the cloud while there is a link: devicetwin. */
export interface CloudSpeaker extends CloudWord {
  connected(link: { send(envelope: Envelope): boolean }): void;
  /** The link has room again. */
  resume(): void;
  disconnected(): void;
}

/** Who else has something to say on a link. */
export interface LinkUser {
  connected(link: { send(envelope: Envelope): boolean; uses(feature: "rules"): boolean }): void;
  disconnected(): void;
}

export interface EdgeHubParts {
  readonly url: string;
  readonly node: string;
  /** What `wss` is dialled with; asked for at each dial. @throws MapperkitError */
  readonly credentials?: () => Promise<Credentials>;
  /** Absent: TCP, or TLS. */
  readonly connect?: () => Duplex;
  readonly heartbeatMs: number;
  readonly objects: CloudObjects;
  readonly twins: CloudSpeaker;
  /** Told of each link, after devicetwin. */
  readonly others?: readonly LinkUser[];
  readonly answers?: CloudAnswers;
  readonly users?: CloudUsers;
  /** Absent: the cloud sends everything at each connect. */
  readonly inventory?: CloudInventory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics?: EdgeMetrics;
}

const RETRY = { initialMs: 250, maxMs: 30_000 };
/** A link that lasted this long was a good one. */
const STABLE_MS = 5_000;
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** The edge's end of the link: dials for ever, and nothing at the edge waits for it. */
export class EdgeHub implements Component {
  readonly name = "edgehub";
  readonly #parts: EdgeHubParts;
  readonly #router: CloudRouter;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isLinked = false;
  #link: HubConnection | undefined;
  #isRedialling = false;

  constructor(parts: EdgeHubParts) {
    this.#parts = parts;
    this.#router = new CloudRouter(parts);
    this.#backoff = new Backoff(RETRY, parts.random);
  }

  /** Resolves at once: the edge works alone until the cloud is reached. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#running = this.#dialForEver(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Whether there is a link to the cloud now. */
  get isLinked(): boolean {
    return this.#isLinked;
  }

  /**
   * Ends the link and dials at once, with credentials read anew. Nothing is lost: what the cloud has
   * not confirmed goes out again, and what the edge has not acknowledged comes again.
   */
  redial(reason: string): void {
    if (!this.#link) return;
    this.#isRedialling = true;
    void this.#link.close(reason);
  }

  async #dialForEver(signal: AbortSignal): Promise<void> {
    const { url, log, clock } = this.#parts;
    let lastFailure: string | undefined;
    while (!signal.aborted) {
      try {
        const reason = await this.#serveOnce(signal);
        lastFailure = undefined;
        if (!signal.aborted) log.warn("cloud link lost", { url, reason });
      } catch (error) {
        // Once per outage and reason: an edge may be without a cloud for weeks.
        const failure = textOf(error);
        if (!signal.aborted && failure !== lastFailure) {
          log.warn("cloud not reached, the edge goes on alone", { error: failure });
        }
        lastFailure = failure;
      }
      if (!this.#isRedialling) await clock.sleep(this.#backoff.next(), signal).catch(() => {});
      this.#isRedialling = false;
    }
  }

  /** One connection from dial to close; resolves with the reason of its end. */
  async #serveOnce(signal: AbortSignal): Promise<string> {
    const { url, node, connect, twins, clock, log, metrics = noMetrics } = this.#parts;
    let link: HubConnection | undefined;
    const credentials = await this.#parts.credentials?.();
    const target = { url, node, connect, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS, credentials };
    const listener = {
      message: (text: string) => {
        metrics.count("mapperkit_edge_cloud_messages_total", "down");
        void this.#router.receive(text, (envelope) => link?.send(envelope));
      },
      sent: (envelope: Envelope) => {
        metrics.count("mapperkit_edge_cloud_messages_total", "up");
        log.debug("message to the cloud", envelopeTrace(envelope));
      },
      writable: () => twins.resume(),
    };
    link = await HubConnection.open(target, listener, clock, signal);
    log.info("cloud link open", { url, node });
    const beating = new AbortController();
    const heart = this.#beat(link, beating.signal);
    const asking = this.#askForMembers(link);
    twins.connected(link);
    for (const other of this.#parts.others ?? []) other.connected(link);
    this.#isLinked = true;
    this.#link = link;
    const close = () => void link?.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    const openedAt = clock.monotonic();
    try {
      return await link.closed;
    } finally {
      // Two edges of one name would else throw each other out as fast as they can dial.
      if (clock.monotonic() - openedAt >= STABLE_MS) this.#backoff.reset();
      signal.removeEventListener("abort", close);
      this.#isLinked = false;
      this.#link = undefined;
      twins.disconnected();
      for (const other of this.#parts.others ?? []) other.disconnected();
      beating.abort();
      await Promise.all([heart, asking]);
    }
  }

  /** The cloud counts keepalives only (cloudhub-wire §3.7); pings show the edge a dead link. */
  async #beat(link: HubConnection, signal: AbortSignal): Promise<void> {
    const { heartbeatMs, clock } = this.#parts;
    while (!signal.aborted) {
      this.#say(link, {
        source: "websocket",
        operation: "keepalive",
        resource: "node",
        content: "ping",
      });
      link.probe(2 * heartbeatMs);
      await clock.sleep(heartbeatMs, signal).catch(() => {});
    }
  }

  /**
   * Our cloud answers with what differs from what this edge holds, or with the exact list of the
   * node's devices; KubeEdge's does not answer. Never rejects.
   */
  async #askForMembers(link: HubConnection): Promise<void> {
    const { inventory, log, node, clock } = this.#parts;
    let buckets: Record<string, string> | undefined;
    try {
      if (link.uses("compare")) buckets = await inventory?.digests();
    } catch (error) {
      log.warn("objects not compared, the cloud sends all of them", { error: textOf(error) });
    }
    const content = JSON.stringify({
      event_type: "group_membership_event",
      event_id: randomUUID(),
      group_id: node,
      operation: "detail",
      timestamp: clock.now(),
      ...(buckets && { buckets }),
    });
    const resource = resources.membershipDetail;
    this.#say(link, { source: "twin", operation: "get", resource, content });
  }

  #say(
    link: HubConnection,
    route: { source: string; operation: string; resource: string; content: string },
  ): void {
    const timestamp = this.#parts.clock.now();
    link.send(makeEnvelope({ id: randomUUID(), timestamp, group: "resource", ...route }));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
