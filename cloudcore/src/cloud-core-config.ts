import { z } from "zod";
import { hubConfig } from "./cloudhub/index.ts";
import { webhookConfig } from "./conversion-webhook/index.ts";
import { monitorConfig } from "./monitoring/index.ts";
import { routerConfig } from "./router/index.ts";

export const cloudCoreConfig = z.strictObject({
  /** Path of a kubeconfig; its current context is used. */
  kubeconfig: z.string().min(1),
  hub: hubConfig.prefault({}),
  webhook: webhookConfig.prefault({}),
  /** `install` creates and updates the device CRDs at start, `keep` leaves them as they are. */
  crds: z.enum(["install", "keep"]).default("install"),
  /** Whether several of these share the work, with nothing but Kubernetes between them. */
  replicas: z.enum(["one", "several"]).default("one"),
  /** At most one status patch per device in this time; the first change goes at once. */
  statusIntervalMs: z.int().min(0).default(1_000),
  /** The ConfigMaps from which mappers of KubeEdge 1.9 to 1.14 read their devices. */
  deviceProfiles: z.enum(["write", "off"]).default("write"),
  /** Absent: rules are not carried out, as in KubeEdge. */
  router: routerConfig.optional(),
  /** Absent: not served. */
  monitor: monitorConfig.optional(),
});
/** What a config file says; defaults may be left out. */
export type CloudCoreInput = z.input<typeof cloudCoreConfig>;
export type CloudCoreConfig = z.output<typeof cloudCoreConfig>;

/** The same for a cloudcore that is a program of its own: it is monitored unless told otherwise. */
export const cloudProgramConfig = cloudCoreConfig.extend({ monitor: monitorConfig.prefault({}) });
