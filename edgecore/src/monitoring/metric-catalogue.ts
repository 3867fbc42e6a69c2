/** What the name of a metric stands for; times are seconds, sizes bytes, as Prometheus wants them. */
export interface MetricKind {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram, ascending; all above the last fall into +Inf. */
  readonly buckets?: readonly number[];
}

const COMMIT_BUCKETS = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 5,
] as const;

/** All metrics of the edge; docs/edge.md lists them, and a test holds the two equal. */
export const METRICS = {
  mapperkit_edge_requests_total: {
    type: "counter",
    help: "Requests of mappers that were answered, by what they asked for",
    labels: ["action"],
  },
  mapperkit_edge_twin_values_total: {
    type: "counter",
    help: "Properties of twin updates by what became of them: applied, deleted or refused",
    labels: ["result"],
  },
  mapperkit_edge_refusals_total: {
    type: "counter",
    help: "Refused requests and properties by code and reason",
    labels: ["code", "reason"],
  },
  mapperkit_edge_commit_seconds: {
    type: "histogram",
    help: "Time of one commit of the database, its sync to disk included",
    buckets: COMMIT_BUCKETS,
  },
  mapperkit_edge_commit_failures_total: {
    type: "counter",
    help: "Commits that the database refused",
  },
  mapperkit_edge_commit_queue: {
    type: "gauge",
    help: "Batches of changes that wait for their commit or are in it",
  },
  mapperkit_edge_outbox_devices: {
    type: "gauge",
    help: "Devices with something that the cloud has not confirmed",
  },
  mapperkit_edge_outbox_samples: {
    type: "gauge",
    help: "Samples that wait until the cloud has confirmed them",
  },
  mapperkit_edge_outbox_samples_dropped_total: {
    type: "counter",
    help: "Samples that were lost because too many waited",
  },
  mapperkit_edge_publication_queue: {
    type: "gauge",
    help: "Messages that wait for the broker",
  },
  mapperkit_edge_sessions: { type: "gauge", help: "MQTT clients that are connected" },
  mapperkit_edge_mqtt_refused_total: {
    type: "counter",
    help: "Connections, publishes and subscriptions that the edge's own broker refused, by reason",
    labels: ["reason"],
  },
  mapperkit_edge_mqtt_dropped_total: {
    type: "counter",
    help: "Messages that the edge's own broker did not deliver or keep, by reason",
    labels: ["reason"],
  },
  mapperkit_edge_mqtt_cut_off_total: {
    type: "counter",
    help: "Connections that the edge's own broker ended, by reason",
    labels: ["reason"],
  },
  mapperkit_edge_mqtt_slowed_total: {
    type: "counter",
    help: "Times that a client sent more than it may have under way and had to wait",
  },
  mapperkit_edge_devices: { type: "gauge", help: "Devices of this node" },
  mapperkit_edge_cloud_link_up: {
    type: "gauge",
    help: "1 while there is a link to the cloud, else 0",
  },
  mapperkit_edge_cloud_messages_total: {
    type: "counter",
    help: "Messages of the link, up to the cloud and down from it, keepalives included",
    labels: ["direction"],
  },
  mapperkit_edge_event_loop_delay_seconds: {
    type: "gauge",
    help: "Longest delay of the event loop since the metrics were read last",
  },
  process_resident_memory_bytes: { type: "gauge", help: "Resident memory of the process" },
  process_cpu_seconds_total: {
    type: "counter",
    help: "User and system time of the process, all threads",
  },
  process_start_time_seconds: { type: "gauge", help: "When the process began, in Unix time" },
} as const satisfies Readonly<Record<string, MetricKind>>;

export type MetricName = keyof typeof METRICS;
export type MetricNameOf<T extends MetricKind["type"]> = {
  [N in MetricName]: (typeof METRICS)[N]["type"] extends T ? N : never;
}[MetricName];
