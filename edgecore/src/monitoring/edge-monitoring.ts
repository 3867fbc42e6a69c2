import { type Clock, ComponentGroup, type Log, startStopwatch } from "@mapperkit/runtime";
import type { DeviceRequests } from "../eventbus/event-bus.ts";
import { AnswerTally } from "./answer-tally.ts";
import type { EdgeMetrics } from "./edge-metrics.ts";
import type { HealthCheck } from "./health-check.ts";
import { MeteredRequests } from "./metered-requests.ts";
import { MonitoringServer } from "./monitoring-server.ts";
import { ProcessMetrics } from "./process-metrics.ts";
import { prometheusText } from "./prometheus-text.ts";
import { Tallies } from "./tallies.ts";

export interface MonitoringOptions {
  readonly host: string;
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
}

/** What monitoring asks of the edge's parts, whenever somebody looks. */
export interface WatchedEdge {
  readonly database: {
    readonly isOpen: boolean;
    readonly commitQueue: number;
    rows(query: "alive"): Promise<unknown>;
  };
  readonly twins: {
    readonly size: number;
    readonly backlog: number;
    readonly outbox: { readonly waiting: number; readonly dropped: number };
  };
  readonly bus: { readonly port: number; readonly sessions: number; readonly queued: number };
  readonly hub: { readonly isLinked: boolean };
}

/** A turn of the event loop that takes longer than this is no turn. */
const LONGEST_TURN_SECONDS = 1;

/** The edge seen from outside: counts, gauges and health, over HTTP. */
export class EdgeMonitoring extends ComponentGroup {
  readonly #tallies: Tallies;
  readonly #server: MonitoringServer;
  readonly #watched: { edge?: WatchedEdge };
  /** For what mappers of this process ask. */
  readonly localTally: AnswerTally;

  constructor(options: MonitoringOptions, { clock, log }: { clock: Clock; log: Log }) {
    const tallies = new Tallies();
    const watched: { edge?: WatchedEdge } = {};
    const server = new MonitoringServer({
      ...options,
      metricsText: () => prometheusText(tallies),
      alive: [loopTurns(), databaseAnswers(watched)],
      ready: [databaseIsOpen(watched), brokerListens(watched)],
      clock,
      log,
    });
    super("monitoring", [new ProcessMetrics(tallies), server]);
    this.#tallies = tallies;
    this.localTally = new AnswerTally(tallies);
    this.#server = server;
    this.#watched = watched;
  }

  get metrics(): EdgeMetrics {
    return this.#tallies;
  }

  get port(): number {
    return this.#server.port;
  }

  metered(requests: DeviceRequests): DeviceRequests {
    return new MeteredRequests(requests, this.localTally);
  }

  /** To be called before start(). */
  watch(edge: WatchedEdge): void {
    const { database, twins, bus, hub } = edge;
    this.#watched.edge = edge;
    this.#tallies.watch("mapperkit_edge_commit_queue", () => database.commitQueue);
    this.#tallies.watch("mapperkit_edge_devices", () => twins.size);
    this.#tallies.watch("mapperkit_edge_outbox_devices", () => twins.backlog);
    this.#tallies.watch("mapperkit_edge_outbox_samples", () => twins.outbox.waiting);
    this.#tallies.watch("mapperkit_edge_outbox_samples_dropped_total", () => twins.outbox.dropped);
    this.#tallies.watch("mapperkit_edge_sessions", () => bus.sessions);
    this.#tallies.watch("mapperkit_edge_publication_queue", () => bus.queued);
    this.#tallies.watch("mapperkit_edge_cloud_link_up", () => (hub.isLinked ? 1 : 0));
  }
}

function loopTurns(): HealthCheck {
  return {
    name: "event loop",
    run: async () => {
      const elapsedSeconds = startStopwatch();
      await new Promise((resolve) => setImmediate(resolve));
      const seconds = elapsedSeconds();
      if (seconds > LONGEST_TURN_SECONDS) throw new Error(`a turn took ${seconds.toFixed(1)} s`);
    },
  };
}

/** An edge that is still opening its database is alive. */
function databaseAnswers(watched: { edge?: WatchedEdge }): HealthCheck {
  let hasOpened = false;
  return {
    name: "database",
    run: async () => {
      const database = watched.edge?.database;
      if (!database?.isOpen) {
        if (hasOpened) throw new Error("closed");
        return;
      }
      hasOpened = true;
      await database.rows("alive");
    },
  };
}

function databaseIsOpen(watched: { edge?: WatchedEdge }): HealthCheck {
  return {
    name: "database",
    run: async () => {
      if (!watched.edge?.database.isOpen) throw new Error("not open");
    },
  };
}

function brokerListens(watched: { edge?: WatchedEdge }): HealthCheck {
  return {
    name: "broker",
    run: async () => {
      if (!watched.edge?.bus.port) throw new Error("does not listen");
    },
  };
}
