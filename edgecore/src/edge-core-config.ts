import { z } from "zod";
import { cloudSettings } from "./edgehub/cloud-settings.ts";
import { mqttSettings } from "./eventbus/mqtt-settings.ts";
import { serviceBusSettings } from "./servicebus/service-bus-settings.ts";

/** Where `/metrics`, `/healthz` and `/readyz` are served. */
const monitoring = z.strictObject({
  enabled: z.boolean().default(true),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free one. Nothing of KubeEdge or Kubernetes uses 10351. */
  port: z.number().int().min(0).max(65_535).default(10_351),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
});

/** What an edgecore needs to know; every field but `dataDir` has a default. */
export const edgeCoreConfig = z.strictObject({
  node: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "must be a Kubernetes node name")
    .default("kube-edge-1"),
  /** The folder that the edge keeps its state in; one edgecore per folder. */
  dataDir: z.string().min(1),
  cloud: cloudSettings.prefault({}),
  mqtt: mqttSettings.prefault({}),
  /** Absent: applications of this node are not reached by rules, as in KubeEdge. */
  serviceBus: serviceBusSettings.optional(),
  /** `normal` may lose the last second when the machine loses power, never when the edge is killed. */
  durability: z.enum(["full", "normal"]).default("full"),
  /** UTF-8 bytes of one twin value */
  maxValueBytes: z.number().int().min(1).default(65_536),
  liveness: z
    .strictObject({
      /**
       * A device that has told values is offline when none comes for so long, ms; 0 is never. Absent:
       * three of its longest reportCycle, a minute at least. Unchanged values count as heard.
       */
      offlineAfterMs: z.number().int().min(0).optional(),
    })
    .prefault({}),
  outbox: z
    .strictObject({
      /** Samples that may wait for the cloud; above it the oldest are dropped, and counted. */
      maxSamples: z.number().int().min(1).default(100_000),
    })
    .prefault({}),
  /** KubeEdge's cloud ends a session after 30 s without a keepalive. */
  heartbeatMs: z.number().int().min(10).default(15_000),
  /** Absent: not served. */
  monitoring: monitoring.optional(),
});
export type EdgeCoreConfig = z.infer<typeof edgeCoreConfig>;

/** The same for an edge that is a program of its own: it is monitored unless told otherwise. */
export const edgeProgramConfig = edgeCoreConfig.extend({ monitoring: monitoring.prefault({}) });
