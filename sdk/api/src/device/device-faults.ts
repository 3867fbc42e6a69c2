import { describeValue } from "../errors.ts";
import { checkDesired } from "./desired-value.ts";
import type { Device, DeviceProperty } from "./device.ts";
import type { DeviceFault } from "./device-fault.ts";
import type { DeviceModel, ModelProperty } from "./device-model.ts";
import { isFiniteDecimal } from "./value-type.ts";

/** All that is wrong with a device as a user wrote it; empty when it can be obeyed in full. */
export function findDeviceFaults(device: Device, model: DeviceModel | undefined): DeviceFault[] {
  const spec = device.spec ?? {};
  const faults: DeviceFault[] = [];
  const modelName = spec.deviceModelRef?.name;
  if (!modelName) {
    faults.push(fault("spec.deviceModelRef.name", "NoModel", "must name a DeviceModel, is empty"));
  } else if (!model) {
    faults.push(
      fault(
        "spec.deviceModelRef.name",
        "UnknownModel",
        `names "${modelName}", but there is no DeviceModel of this name in the device's namespace`,
      ),
    );
  }
  if (!spec.nodeName) {
    faults.push(
      fault("spec.nodeName", "NoNode", "must name the edge node of the device, is empty"),
    );
  }
  faults.push(...findPropertyFaults(spec.properties ?? [], model));
  faults.push(...findModelFaults(model?.spec?.properties ?? []));
  for (const field of ["methods", "stateReport"] as const) {
    const value = spec[field];
    if (value !== undefined && Object.keys(value).length > 0)
      faults.push(notSupported(`spec.${field}`));
  }
  return faults;
}

function findPropertyFaults(
  properties: readonly DeviceProperty[],
  model: DeviceModel | undefined,
): DeviceFault[] {
  const known = new Map(model?.spec?.properties?.map((p) => [p.name, p]));
  const seen = new Set<string>();
  return properties.flatMap((property) => {
    const path = `spec.properties[${property.name}]`;
    const faults: DeviceFault[] = [];
    if (seen.has(property.name)) {
      faults.push(fault(`${path}.name`, "DuplicateProperty", "occurs twice, must be unique"));
    }
    seen.add(property.name);
    const inModel = known.get(property.name);
    if (model && !inModel) {
      faults.push(
        fault(
          `${path}.name`,
          "UnknownProperty",
          `is not a property of the DeviceModel "${model.metadata.name}"`,
        ),
      );
    }
    faults.push(...findFieldFaults(property, path, inModel));
    return faults.map((f) => ({ ...f, property: property.name }));
  });
}

function findFieldFaults(
  property: DeviceProperty,
  path: string,
  inModel: ModelProperty | undefined,
): DeviceFault[] {
  const faults: DeviceFault[] = [];
  for (const field of ["collectCycle", "reportCycle"] as const) {
    const value = property[field];
    if (value !== undefined && value < 0) {
      faults.push(
        fault(`${path}.${field}`, "NegativeCycle", `is ${value}, must be 0 or more milliseconds`),
      );
    }
  }
  if (property.pushMethod !== undefined && Object.keys(property.pushMethod).length > 0) {
    faults.push(notSupported(`${path}.pushMethod`));
  }
  const forbidden =
    inModel && property.desired ? checkDesired(inModel, property.desired.value) : undefined;
  return forbidden ? [...faults, forbidden] : faults;
}

/** What is wrong in the model is told on its devices: a DeviceModel has no status. */
function findModelFaults(properties: readonly ModelProperty[]): DeviceFault[] {
  const seen = new Set<string>();
  return properties.flatMap((property) => {
    const path = `DeviceModel.spec.properties[${property.name}]`;
    const faults: DeviceFault[] = [];
    if (seen.has(property.name)) {
      faults.push(fault(`${path}.name`, "DuplicateProperty", "occurs twice, must be unique"));
    }
    seen.add(property.name);
    for (const bound of ["minimum", "maximum"] as const) {
      const value = property[bound];
      if (value !== undefined && value !== "" && !isFiniteDecimal(value)) {
        const what = `is ${describeValue(value)}, must be a decimal number`;
        faults.push(fault(`${path}.${bound}`, "InvalidBound", what));
      }
    }
    return faults.map((f) => ({ ...f, property: property.name }));
  });
}

function fault(field: string, reason: string, what: string): DeviceFault {
  return { field, reason, message: `${field} ${what}` };
}

function notSupported(field: string): DeviceFault {
  return fault(field, "NotSupported", "is not honoured by this release");
}
