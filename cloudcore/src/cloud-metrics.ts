import type { CloudHub } from "./cloudhub/index.ts";
import type { DeviceController } from "./devicecontroller/index.ts";
import type { EdgeController } from "./edgecontroller/index.ts";
import type { Metric } from "./monitoring/index.ts";

/** What operators of cloudcore look at. */
export function cloudMetrics(parts: {
  hub: CloudHub;
  devices: DeviceController;
  nodes: EdgeController;
  watches: readonly { readonly name: string; readonly lastEventAgeMs: number }[];
}): readonly Metric[] {
  const { hub, devices, nodes, watches } = parts;
  return [
    gauge(
      "nodes_connected",
      "Edge nodes that are connected to this process",
      () => hub.connectedNodes,
    ),
    gauge(
      "unacknowledged_objects",
      "Objects sent to nodes and not acknowledged yet",
      () => hub.unackedObjects,
    ),
    counter(
      "refused_connections_total",
      "Dials of edges that were turned away",
      () => hub.refusedConnections,
    ),
    counter(
      "dropped_frames_total",
      "Frames of edges that were no envelope",
      () => hub.droppedFrames,
    ),
    counter(
      "slowed_sessions_total",
      "Sessions of edges that sent more than hub.messagesPerSecond",
      () => hub.slowedSessions,
    ),
    gauge("devices", "Devices in Kubernetes", () => devices.devices),
    counter(
      "refused_reports_total",
      "Reports that can never reach Kubernetes, for instance about another node's device",
      () => devices.refusedReports,
    ),
    counter(
      "dropped_confirmations_total",
      "Reports of devices for which too many wait to be written; their edges send them again",
      () => devices.droppedConfirmations,
    ),
    counter(
      "refused_node_requests_total",
      "Requests about other nodes than the asking one, or too many at once",
      () => nodes.refusedRequests,
    ),
    {
      ...counter(
        "status_writes_total",
        "Status patches by what became of them",
        () => devices.statusWrites,
      ),
      label: "result",
    },
    {
      ...gauge(
        "watch_event_age_seconds",
        "Time since the API server was last heard of, by watch",
        () => new Map(watches.map(({ name, lastEventAgeMs }) => [name, lastEventAgeMs / 1000])),
      ),
      label: "watch",
    },
  ];
}

function gauge(name: string, help: string, read: Metric["read"]): Metric {
  return { name: `mapperkit_cloud_${name}`, type: "gauge", help, read };
}

function counter(name: string, help: string, read: Metric["read"]): Metric {
  return { name: `mapperkit_cloud_${name}`, type: "counter", help, read };
}
