import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";

export const COLLECTION = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";
const PROPERTIES = 5;
const definition = resolve(
  import.meta.dirname,
  "../../../manifests/crds/devices.devices.kubeedge.io.yaml",
);

/** The definition of Devices as it ships, but that nobody converts old versions here. */
export function deviceDefinition(): object {
  const { spec, ...rest } = parse(readFileSync(definition, "utf8"));
  return { ...rest, spec: { ...spec, conversion: { strategy: "None" } } };
}

/** A Device of five properties. */
export function device(name: string): object {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name },
    spec: {
      deviceModelRef: { name: "bench-model" },
      nodeName: "edge-1",
      protocol: { protocolName: "modbus", configData: { host: "10.0.0.7", port: 502 } },
      properties: eachProperty((property) => ({
        name: property,
        desired: { value: "21.5" },
        collectCycle: 1000,
      })),
    },
  };
}

/** What a cloudcore writes each second of a Device that lives. */
export function deviceStatus(value: number): object {
  const twins = eachProperty((propertyName) => ({
    propertyName,
    reported: { value: String(value), metadata: { timestamp: String(value), type: "FLOAT" } },
    observedDesired: { value: "21.5" },
  }));
  return { status: { state: "online", twins } };
}

function eachProperty<T>(make: (name: string) => T): T[] {
  return Array.from({ length: PROPERTIES }, (_, index) => make(`property-${index}`));
}
