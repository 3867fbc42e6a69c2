import { z } from "zod";
import { double, flag, int64, kubernetesObject, mapList, text } from "./building-blocks.ts";

const accessMode = z
  .enum(["ReadWrite", "ReadOnly"])
  .meta({ description: "Whether a desired value may be set." })
  .optional();
const unit = text("Unit of the values.").optional();

const floating = z.object({
  accessMode,
  defaultValue: double().optional(),
  minimum: double("Smallest value allowed.").optional(),
  maximum: double("Largest value allowed.").optional(),
  unit,
});

const property = z.object({
  name: text("Name of the property, unique in the model."),
  description: text("What the property means to a person.").optional(),
  type: z
    .object({
      int: z
        .object({
          accessMode,
          defaultValue: int64().optional(),
          minimum: int64("Smallest value allowed.").optional(),
          maximum: int64("Largest value allowed.").optional(),
          unit,
        })
        .optional(),
      float: floating.optional(),
      double: floating.optional(),
      string: z.object({ accessMode, defaultValue: text().optional() }).optional(),
      boolean: z.object({ accessMode, defaultValue: flag().optional() }).optional(),
      bytes: z.object({ accessMode }).optional(),
    })
    .meta({ description: "Type of the property: exactly one of these keys." })
    .optional(),
});

/** DeviceModel of KubeEdge 1.9 to 1.14 (device-crds §1.2), as the CRD declares it. */
export const deviceModelV1alpha2 = kubernetesObject(
  "What the devices of one make have in common. v1beta1 is the newer form of the same object.",
  {
    spec: z
      .object({
        protocol: text("Protocol of the devices.").optional(),
        properties: mapList(
          "name",
          property,
          "What can be read from and written to such a device.",
        ).optional(),
      })
      .optional(),
  },
);
