import { z } from "zod";
import {
  freeMap,
  int64,
  kubernetesObject,
  mapList,
  text,
  textMap,
  twinValue,
} from "./building-blocks.ts";
import { deviceProtocol, visitorProtocols } from "./protocols-v1alpha2.ts";

const requirement = z.object({
  key: text("Ignored; kubernetes.io/hostname is usual."),
  operator: text("Ignored; In is usual."),
  values: z.array(z.string()).meta({ description: "The first one is the node's name." }).optional(),
});

const nodeSelector = z
  .object({
    nodeSelectorTerms: z.array(
      z.object({
        matchExpressions: z.array(requirement).optional(),
        matchFields: z.array(requirement).optional(),
      }),
    ),
  })
  .meta({
    description:
      "Edge node to which the device is connected: the first value of the first expression of the first term.",
  });

const propertyVisitor = z.object({
  propertyName: text("Name of the property in the DeviceModel."),
  reportCycle: int64("Nanoseconds between two reports; 0 or absent means one second.").optional(),
  collectCycle: int64("Nanoseconds between two readings; 0 or absent means one second.").optional(),
  customizedValues: freeMap("Further settings for the mapper.").optional(),
  ...visitorProtocols,
});

const twin = z.object({
  propertyName: text("Name of the property."),
  desired: twinValue("The value that the device is to take. Edit this one.", true).optional(),
  reported: twinValue(
    "The value that the device has. What a user writes here is not kept.",
    false,
  ).optional(),
});

/** Device of KubeEdge 1.9 to 1.14 (device-crds §1.3), as the CRD declares it. */
export const deviceV1alpha2 = kubernetesObject(
  "One device at an edge node. v1beta1 is the newer form of the same object.",
  {
    spec: z
      .object({
        deviceModelRef: z
          .object({ name: text("Name of the DeviceModel, in the device's namespace.").optional() })
          .meta({ description: "The DeviceModel that describes this device." })
          .optional(),
        protocol: deviceProtocol.optional(),
        propertyVisitors: z
          .array(propertyVisitor)
          .meta({ description: "How the protocol finds each property." })
          .optional(),
        data: z
          .object({
            dataProperties: z
              .array(z.object({ propertyName: text().optional(), metadata: textMap().optional() }))
              .optional(),
            dataTopic: text(
              "Topic for the data; empty means $ke/events/device/+/data/update.",
            ).optional(),
          })
          .meta({ description: "Properties that are time series rather than twins." })
          .optional(),
        nodeSelector: nodeSelector.optional(),
      })
      .optional(),
    status: z
      .object({
        twins: mapList(
          "propertyName",
          twin,
          "Desired and reported values. Set desired.value of one to change the device.",
        ).optional(),
        observed: freeMap(
          "The device's status in v1beta1's form, from which reported values are taken. Not for editing.",
        ).optional(),
      })
      .meta({ description: "What is desired of the device, and what is known of it." })
      .optional(),
  },
);
