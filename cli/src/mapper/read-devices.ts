import { readFileSync } from "node:fs";
import {
  type Device,
  type DeviceAnnouncement,
  type DeviceModel,
  MapperkitError,
  mergeModelDefaults,
  parseDevice,
  parseDeviceModel,
} from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";
import { parseAllDocuments } from "yaml";

const V1BETA1 = "devices.kubeedge.io/v1beta1";

/** The devices and models of some YAML or JSON files, of both versions. */
export interface Manifests {
  readonly devices: readonly Device[];
  readonly models: readonly DeviceModel[];
}

/** @throws MapperkitError `invalid_input` naming file and field */
export function readManifests(files: readonly string[]): Manifests {
  const devices: Device[] = [];
  const models: DeviceModel[] = [];
  for (const file of files) {
    for (const [index, object] of documentsOf(file).entries()) {
      try {
        const kind = (object as { kind?: unknown } | null)?.kind;
        if (kind === "Device") devices.push(parseDevice(convertDevice(object, V1BETA1)));
        else if (kind === "DeviceModel") {
          models.push(parseDeviceModel(convertDeviceModel(object, V1BETA1)));
        }
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const message = `${file}, document ${index + 1}: ${why}`;
        throw new MapperkitError("invalid_input", message, { cause, details: { file } });
      }
    }
  }
  return { devices, models };
}

/** A device with its model, as a mapper hears of them. @throws MapperkitError `not_found` */
export function announcementOf({ devices, models }: Manifests, name: string): DeviceAnnouncement {
  const device = devices.find(({ metadata }) => metadata.name === name);
  if (!device) {
    const known = devices.map(({ metadata }) => metadata.name).join(", ");
    throw new MapperkitError("not_found", `no Device ${name} in the files; there is: ${known}`);
  }
  const model = models.find(({ metadata }) => metadata.name === device.spec?.deviceModelRef?.name);
  const base = { version: 1, generation: device.metadata.generation ?? 0 } as const;
  return model
    ? { ...base, device: mergeModelDefaults(device, model), model }
    : { ...base, device };
}

function documentsOf(file: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new MapperkitError("invalid_input", `${file} cannot be read`, { cause });
  }
  // kubectl reads YAML 1.1, in which an unquoted "on" is a boolean.
  const documents = parseAllDocuments(text, { version: "1.1" });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error) throw new MapperkitError("invalid_input", `${file}: ${error.message}`);
    return document.toJS() as unknown;
  });
}
