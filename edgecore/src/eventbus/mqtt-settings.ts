import { z } from "zod";
import { embeddedSettings } from "./embedded/embedded-settings.ts";
import { externalSettings } from "./external/external-settings.ts";

/** The edge's MQTT. Defaults are those of a laptop: the edge's own broker, for this machine only. */
export const mqttSettings = z.strictObject({
  /** KubeEdge's mqttMode: internal 0 (the edge's own broker), both 1, external 2 */
  mode: z.enum(["internal", "both", "external"]).default("internal"),
  ...embeddedSettings,
  external: externalSettings.prefault({}),
});
export type MqttSettings = z.infer<typeof mqttSettings>;

/** The port that the edge's own broker is asked to take. */
export function embeddedPort({ port, mode }: MqttSettings): number {
  return port ?? (mode === "both" ? 1884 : 1883);
}
