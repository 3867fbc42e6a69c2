import {
  type DeviceAnnouncement,
  type DeviceProperty,
  factKeys,
  type ModelProperty,
} from "@mapperkit/api";
import { modbusVisitor } from "../config/modbus-visitor.ts";
import { inOurNames } from "./old-visitor.ts";

const KNOWN: ReadonlySet<string> = new Set([...factKeys, ...Object.keys(modbusVisitor.shape)]);

/** An announcement whose visitors, the device's and the model's, speak in our names. Total. */
export function translateAnnouncement(announcement: DeviceAnnouncement): DeviceAnnouncement {
  const { device, model } = announcement;
  const modelled = new Map((model?.spec?.properties ?? []).map((entry) => [entry.name, entry]));
  const own = device.spec?.properties?.map((property) =>
    translated(property, modelled.get(property.name)),
  );
  const properties = model?.spec?.properties?.map((property) => translated(property, property));
  return {
    ...announcement,
    device: own ? { ...device, spec: { ...device.spec, properties: own } } : device,
    ...(model && properties && { model: { ...model, spec: { ...model.spec, properties } } }),
  };
}

function translated<P extends DeviceProperty | ModelProperty>(
  property: P,
  model: ModelProperty | undefined,
): P {
  const configData = property.visitors?.configData;
  if (!configData) return property;
  const visitors = { ...property.visitors, configData: inOurNames(configData, model, KNOWN) };
  return { ...property, visitors };
}
