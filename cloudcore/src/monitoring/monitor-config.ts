import { z } from "zod";

/** Metrics and health over plain HTTP, at the address of KubeEdge's monitor server. */
export const monitorConfig = z.strictObject({
  enabled: z.boolean().default(true),
  host: z.string().default("127.0.0.1"),
  /** 0 takes a free one. */
  port: z.int().min(0).max(65_535).default(9_091),
  /** Nobody's devices should stand still because of a port for metrics. */
  whenPortTaken: z.enum(["fail", "next"]).default("next"),
});
export type MonitorConfig = z.infer<typeof monitorConfig>;
