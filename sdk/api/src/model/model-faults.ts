import type { DeviceFault } from "../device/device-fault.ts";
import type { DeviceModel, ModelProperty } from "../device/device-model.ts";
import { findPropertyFaults } from "./definition-faults.ts";
import { toPropertyDefinition } from "./device-model-object.ts";
import type { PropertyDefinition } from "./model-definition.ts";
import { findOverlaps } from "./overlaps.ts";
import { readPropertyFacts } from "./property-facts.ts";

/**
 * What a v1beta1 DeviceModel says of the wire and cannot mean: facts of configData that are wrong,
 * bounds the wrong way round, registers that overlap. A property that names no `dataType` is
 * judged by its bounds alone, since all else is the protocol's. Total.
 */
export function findWireFaults(model: DeviceModel): DeviceFault[] {
  const faults: DeviceFault[] = [];
  const sound: (readonly [string, PropertyDefinition])[] = [];
  for (const property of model.spec?.properties ?? []) {
    const own = findFaultsOf(property);
    faults.push(...own);
    if (own.length === 0) sound.push([property.name, toPropertyDefinition(property)]);
  }
  const onTheWire = sound.filter(([, { visitors }]) => visitors !== undefined);
  return [...faults, ...findOverlaps(onTheWire)].map((fault) => inModel(fault));
}

function findFaultsOf(property: ModelProperty): DeviceFault[] {
  const { facts, faults } = readPropertyFacts(property.name, property.visitors?.configData ?? {});
  if (faults.length > 0) return [...faults];
  const all = findPropertyFaults(property.name, toPropertyDefinition(property));
  if (facts.dataType !== undefined) return all;
  const isNumeric = /^(INT|FLOAT|DOUBLE)$/.test(property.type ?? "");
  return isNumeric ? all.filter(({ reason }) => reason === "InvalidBound") : [];
}

/** Paths of both sources begin where findDeviceFaults has them begin for models. */
function inModel(fault: DeviceFault): DeviceFault {
  const start = fault.field.startsWith("spec.") ? "DeviceModel." : "DeviceModel.spec.";
  return { ...fault, field: `${start}${fault.field}`, message: `${start}${fault.message}` };
}
