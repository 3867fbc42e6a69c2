import { z } from "zod";
import { flag, freeMap, int64, mapList, text, twinValue } from "./building-blocks.ts";

const phase = z
  .object({
    name: z
      .enum(["Pending", "Applied", "Rejected", "Diverged"])
      .meta({ description: "What became of the desired value." }),
    reason: text("One CamelCase word for programs.").optional(),
    message: text("The same for people.").optional(),
    generation: int64("The device's generation that set the desired value.").optional(),
    version: int64("Version of the desired value, milliseconds since 1970.").optional(),
    since: text("When the phase was entered, RFC 3339.").optional(),
  })
  .meta({ description: "What became of the desired value of this property." });

const twin = z.object({
  propertyName: text("Name of the property."),
  reported: twinValue("The value that the device has.", false).optional(),
  observedDesired: twinValue("The desired value that the mapper has received.", false).optional(),
  phase: phase.optional(),
});

const condition = z.object({
  type: text("Synced, Online, Accepted or Reachable."),
  status: z.enum(["True", "False", "Unknown"]),
  observedGeneration: int64().optional(),
  lastTransitionTime: text("When the status last changed, RFC 3339."),
  reason: text("One CamelCase word for programs."),
  message: text("The same for people."),
});

/** KubeEdge keeps twins in DeviceStatus since 1.23; we keep them here, and its legacy fields beside them. */
export const deviceStatusV1beta1 = z
  .object({
    twins: z
      .array(twin)
      .meta({
        "x-kubernetes-list-type": "atomic",
        description: "What the device reports, and what became of the desired values.",
      })
      .optional(),
    state: text(
      "Whether the device answers: online, offline, ok, unknown or unhealthy.",
    ).optional(),
    lastOnlineTime: text("When the device last answered, RFC 3339.").optional(),
    observedGeneration: int64("The generation that this status was made from.").optional(),
    conditions: mapList(
      "type",
      condition,
      "Synced: every desired value is applied. Online: the device answers. Accepted: model and properties are valid. Reachable: the node is connected.",
    ).optional(),
    extensions: freeMap("Left to others.").optional(),
    reportToCloud: flag("Former place of spec.stateReport.reportToCloud.").optional(),
    reportCycle: int64("Former place of spec.stateReport.reportCycle.").optional(),
  })
  .meta({
    description: "What is known of the device. Written by cloudcore only.",
    "x-kubernetes-preserve-unknown-fields": true,
  });
