import { z } from "zod";
import { objectMeta } from "../kubernetes/object-meta.ts";
import { protocolConfig } from "./device.ts";

export const propertyType = z.enum([
  "INT",
  "FLOAT",
  "DOUBLE",
  "STRING",
  "BOOLEAN",
  "BYTES",
  "STREAM",
]);
export type PropertyType = z.infer<typeof propertyType>;

export const accessMode = z.enum(["ReadWrite", "ReadOnly"]);
export type AccessMode = z.infer<typeof accessMode>;

/** A word of a later KubeEdge passes too: nothing is checked for a type that is not known here. */
function wordLike<T extends string>(_known: z.ZodType<T>) {
  return z.custom<T>((value) => typeof value === "string", "must be a string");
}

/** One property of a v1beta1 DeviceModel (device-crds §1.4). Bounds are decimal strings. */
export const modelProperty = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  type: wordLike(propertyType).optional(),
  accessMode: wordLike(accessMode).optional(),
  minimum: z.string().optional(),
  maximum: z.string().optional(),
  unit: z.string().optional(),
  visitors: protocolConfig.optional(),
});
export type ModelProperty = z.infer<typeof modelProperty>;

/** `devices.kubeedge.io/v1beta1` DeviceModel. */
export const deviceModel = z.looseObject({
  apiVersion: z.literal("devices.kubeedge.io/v1beta1"),
  kind: z.literal("DeviceModel"),
  metadata: objectMeta,
  spec: z
    .looseObject({
      protocol: z.string().optional(),
      protocolConfigData: z.record(z.string(), z.unknown()).optional(),
      properties: z.array(modelProperty).optional(),
    })
    .optional(),
});
export type DeviceModel = z.infer<typeof deviceModel>;
