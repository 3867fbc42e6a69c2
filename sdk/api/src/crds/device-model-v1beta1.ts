import { z } from "zod";
import { freeMap, kubernetesObject, mapList, text } from "./building-blocks.ts";

const property = z.object({
  name: text("Name of the property, unique in the model."),
  description: text("What the property means to a person.").optional(),
  type: z
    .enum(["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES", "STREAM"])
    .meta({ description: "Type of the property's values; on the wire every value is a string." })
    .optional(),
  accessMode: z
    .enum(["ReadWrite", "ReadOnly"])
    .meta({
      description: "Whether a desired value may be set. ReadOnly properties are only reported.",
    })
    .optional(),
  minimum: text('Smallest value allowed, as a quoted decimal number, e.g. "0".').optional(),
  maximum: text('Largest value allowed, as a quoted decimal number, e.g. "100".').optional(),
  unit: text("Unit of the values, preferably a UCUM code such as Cel or kPa.").optional(),
  visitors: z
    .object({
      protocolName: text("Protocol that reads and writes the property.").optional(),
      configData: freeMap("Address of the property in the protocol's own words.").optional(),
    })
    .meta({ description: "Defaults for the visitors of every device of this model." })
    .optional(),
});

/** DeviceModel of KubeEdge 1.23 (device-crds §1.4), as the CRD declares it. */
export const deviceModelV1beta1 = kubernetesObject("What the devices of one make have in common.", {
  spec: z
    .object({
      protocol: text("Protocol of the devices; selects the mapper.").optional(),
      protocolConfigData: freeMap(
        "Defaults for protocol.configData of every device of this model.",
      ).optional(),
      properties: mapList(
        "name",
        property,
        "What can be read from and written to such a device.",
      ).optional(),
    })
    .optional(),
});
