import { z } from "zod";
import {
  flag,
  freeMap,
  int64,
  kubernetesObject,
  mapList,
  text,
  textMap,
  twinValue,
} from "./building-blocks.ts";
import { deviceStatusV1beta1 } from "./device-status-v1beta1.ts";

function protocolConfig(description: string, configData: string) {
  return z
    .object({
      protocolName: text("Name of the protocol, as the mapper declares it.").optional(),
      configData: freeMap(configData).optional(),
    })
    .meta({ description });
}

const dbMethod = z.object({
  influxdb2: z
    .object({
      influxdb2ClientConfig: z
        .object({ url: text().optional(), org: text().optional(), bucket: text().optional() })
        .optional(),
      influxdb2DataConfig: z
        .object({
          measurement: text().optional(),
          tag: textMap().optional(),
          fieldKey: text().optional(),
        })
        .optional(),
    })
    .optional(),
  redis: z
    .object({
      redisClientConfig: z
        .object({
          addr: text().optional(),
          db: int64().optional(),
          poolsize: int64().optional(),
          minIdleConns: int64().optional(),
        })
        .optional(),
    })
    .optional(),
  TDEngine: z
    .object({
      TDEngineClientConfig: z
        .object({ addr: text().optional(), dbName: text().optional() })
        .optional(),
    })
    .optional(),
  mysql: z
    .object({
      mysqlClientConfig: z
        .object({
          addr: text().optional(),
          database: text().optional(),
          userName: text().optional(),
        })
        .optional(),
    })
    .optional(),
});

const pushMethod = z
  .object({
    http: z
      .object({
        hostName: text().optional(),
        port: int64().optional(),
        requestPath: text().optional(),
        timeout: int64().optional(),
      })
      .optional(),
    mqtt: z
      .object({
        address: text().optional(),
        topic: text().optional(),
        qos: int64().optional(),
        retained: flag().optional(),
      })
      .optional(),
    otel: z.object({ endpointURL: text().optional() }).optional(),
    dbMethod: dbMethod.optional(),
    anomalyDetection: freeMap().optional(),
  })
  .meta({ description: "Where the mapper pushes samples besides the twin." });

const property = z.object({
  name: text("Name of the property in the DeviceModel, unique in the device."),
  desired: twinValue("The value that the device is to take.", true).optional(),
  visitors: protocolConfig(
    "How the protocol finds the property; what is absent comes from the DeviceModel.",
    "Address of the property in the protocol's own words.",
  ).optional(),
  reportCycle: int64("Milliseconds between two reports; 0 or absent means 1000.").optional(),
  collectCycle: int64(
    "Milliseconds between two readings of the device; 0 or absent means 1000.",
  ).optional(),
  reportToCloud: flag("Whether readings reach status.twins; absent means true.").optional(),
  pushMethod: pushMethod.optional(),
});

/** Device of KubeEdge 1.23 (device-crds §1.5), as the CRD declares it. */
export const deviceV1beta1 = kubernetesObject("One device at an edge node.", {
  spec: z
    .object({
      deviceModelRef: z
        .object({ name: text("Name of the DeviceModel, in the device's namespace.").optional() })
        .meta({ description: "The DeviceModel that describes this device." })
        .optional(),
      nodeName: text("Edge node to which the device is connected.").optional(),
      protocol: protocolConfig(
        "How the mapper reaches the device.",
        "Address and settings in the protocol's own words; what is absent comes from the DeviceModel.",
      ).optional(),
      properties: mapList(
        "name",
        property,
        "The properties in use. Set desired.value of one to change the device.",
      ).optional(),
      methods: z
        .array(
          z.object({
            name: text().optional(),
            description: text().optional(),
            propertyNames: z.array(z.string()).optional(),
          }),
        )
        .meta({ description: "Named groups of properties that an application may write." })
        .optional(),
      stateReport: z
        .object({
          reportToCloud: flag().optional(),
          reportCycle: int64("Milliseconds between two reports.").optional(),
        })
        .meta({ description: "Whether and how often the device's state is reported." })
        .optional(),
    })
    .optional(),
  status: deviceStatusV1beta1.optional(),
});
