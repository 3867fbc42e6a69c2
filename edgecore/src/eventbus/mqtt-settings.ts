import { z } from "zod";
import { externalSettings } from "./external/external-settings.ts";

/** The edge's MQTT. Defaults are those of a laptop: the edge's own broker, for this machine only. */
export const mqttSettings = z.strictObject({
  /** KubeEdge's mqttMode: internal 0 (the edge's own broker), both 1, external 2 */
  mode: z.enum(["internal", "both", "external"]).default("internal"),
  host: z.string().min(1).default("127.0.0.1"),
  /** Of the edge's own broker: 1883 unless told, 1884 beside an external one; 0 takes a free one. */
  port: z.number().int().min(0).max(65_535).optional(),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  external: externalSettings.prefault({}),
});
export type MqttSettings = z.infer<typeof mqttSettings>;

/** The port that the edge's own broker is asked to take. */
export function embeddedPort({ port, mode }: MqttSettings): number {
  return port ?? (mode === "both" ? 1884 : 1883);
}
