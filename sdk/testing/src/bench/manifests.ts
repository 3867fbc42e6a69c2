import {
  type Device,
  type DeviceAnnouncement,
  type DeviceModel,
  type ModelDefinition,
  mergeModelDefaults,
  toDeviceModel,
} from "@mapperkit/api";

/** What a bench, laws or conform are told of a device. */
export interface DeviceManifests {
  /** In TypeScript, or a v1beta1 manifest. */
  readonly model: ModelDefinition | DeviceModel;
  /** A v1beta1 manifest. Default: a device of the model with all of its properties. */
  readonly device?: Device | undefined;
}

/** Facts that replace what the manifests say. */
export interface DeviceChanges {
  readonly name?: string;
  /** Merged over `spec.protocol.configData`. */
  readonly configData?: Readonly<Record<string, unknown>>;
  /** Only these properties. Default: all of the device, else all of the model. */
  readonly properties?: readonly string[];
  readonly generation?: number;
  /** Every cycle is the default one, and every change is reported: what a mapper is proved with. */
  readonly isPlain?: boolean;
}

/** Rules of reporting are the SDK's affair, not the driver's. */
const REPORT_RULES = ["deadband", "deadbandPercent", "heartbeatMs", "precision"];

/** The manifest of the model, whichever way it was given. */
export function modelManifestOf(model: ModelDefinition | DeviceModel): DeviceModel {
  return "kind" in model ? model : toDeviceModel(model);
}

/** The announcement by which a mapper hears of the device, as the edge would make it. */
export function announcementOf(
  { model, device }: DeviceManifests,
  protocol: string,
  { name, configData, properties, generation = 1, isPlain = false }: DeviceChanges = {},
): DeviceAnnouncement {
  const manifest = modelManifestOf(model);
  const given = device ?? deviceOf(manifest, protocol);
  const isWanted = (property: { name: string }) => properties?.includes(property.name) ?? true;
  const own = given.spec?.protocol;
  const named: Device = {
    ...given,
    metadata: { ...given.metadata, ...(name !== undefined && { name }) },
    spec: {
      ...given.spec,
      protocol: {
        ...own,
        configData: { ...own?.configData, ...configData },
      },
      properties: (given.spec?.properties ?? []).filter(isWanted),
    },
  };
  const narrowed: DeviceModel = {
    ...manifest,
    spec: { ...manifest.spec, properties: (manifest.spec?.properties ?? []).filter(isWanted) },
  };
  const merged = mergeModelDefaults(named, narrowed);
  const announced = isPlain ? withoutRules(merged) : merged;
  return { version: 1, generation, device: announced, model: narrowed };
}

function withoutRules(device: Device): Device {
  const properties = device.spec?.properties?.map((property) => {
    const { collectCycle: _, reportCycle: __, visitors, ...rest } = property;
    if (!visitors?.configData) return { ...rest, ...(visitors && { visitors }) };
    const kept = Object.entries(visitors.configData).filter(([key]) => !REPORT_RULES.includes(key));
    return { ...rest, visitors: { ...visitors, configData: Object.fromEntries(kept) } };
  });
  return { ...device, spec: { ...device.spec, ...(properties && { properties }) } };
}

function deviceOf(model: DeviceModel, protocol: string): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: model.metadata.name, namespace: "default" },
    spec: {
      deviceModelRef: { name: model.metadata.name },
      protocol: { protocolName: protocol, configData: {} },
      properties: (model.spec?.properties ?? []).map(({ name }) => ({ name })),
    },
  };
}
