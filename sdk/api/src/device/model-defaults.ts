import type { Device, DeviceProperty, ProtocolConfig } from "./device.ts";
import type { DeviceModel } from "./device-model.ts";

/**
 * Fills in what the device leaves to its model (KubeEdge 1.22): `spec.protocol` from the model's
 * `protocol` and `protocolConfigData`, each listed property's visitors from the model's. What the
 * device says itself wins, key by key.
 */
export function mergeModelDefaults(device: Device, model: DeviceModel): Device {
  const spec = device.spec ?? {};
  const fromModel: ProtocolConfig = {
    ...(model.spec?.protocol ? { protocolName: model.spec.protocol } : {}),
    ...(model.spec?.protocolConfigData ? { configData: model.spec.protocolConfigData } : {}),
  };
  const protocol = mergeProtocol(fromModel, spec.protocol);
  const visitors = new Map(model.spec?.properties?.map((p) => [p.name, p.visitors]));
  const properties = spec.properties?.map((property): DeviceProperty => {
    const merged = mergeProtocol(visitors.get(property.name), property.visitors);
    return merged ? { ...property, visitors: merged } : property;
  });
  return {
    ...device,
    spec: { ...spec, ...(protocol ? { protocol } : {}), ...(properties ? { properties } : {}) },
  };
}

function mergeProtocol(
  base: ProtocolConfig | undefined,
  own: ProtocolConfig | undefined,
): ProtocolConfig | undefined {
  if (!own) return base && Object.keys(base).length > 0 ? base : undefined;
  if (!base) return own;
  const configData =
    base.configData || own.configData ? { ...base.configData, ...own.configData } : undefined;
  return { ...base, ...own, ...(configData ? { configData } : {}) };
}
