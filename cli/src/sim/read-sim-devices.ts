import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type Device,
  type DeviceModel,
  MapperkitError,
  mergeModelDefaults,
  parseDevice,
  parseDeviceModel,
} from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";
import { parseFault, type WantedDevice, type WantedFault } from "@mapperkit/sim-plant";
import { LineCounter, parse, parseAllDocuments } from "yaml";
import { keyNode, placeOf, propertyNode, type Source } from "./source-lines.ts";

/** A Device's annotation that only simulators read: a YAML list of faults. */
const FAULTS = "simulator.mapperkit.io/faults";
const V1BETA1 = "devices.kubeedge.io/v1beta1";

/** Devices and models as they were written, of both versions. */
export interface SimManifests {
  readonly devices: readonly Device[];
  readonly models: readonly DeviceModel[];
  /** Each device with its model, to be simulated. */
  readonly wanted: readonly WantedDevice[];
  /** What the devices' own annotations say they suffer when they are simulated. */
  readonly faults: readonly WantedFault[];
}

interface Written<T> {
  readonly object: T;
  readonly source: Source;
}

/**
 * Reads files, and the YAML and JSON files of folders.
 * @throws MapperkitError `invalid_input` naming file and line
 */
export function readSimDevices(paths: readonly string[]): SimManifests {
  const sources = paths.flatMap(filesOf).flatMap(sourcesOf);
  const kindOf = ({ document }: Source) => document.get("kind");
  const devices = sources
    .filter((source) => kindOf(source) === "Device")
    .map((source) => parsed(source, (raw) => parseDevice(convertDevice(raw, V1BETA1))));
  const models = sources
    .filter((source) => kindOf(source) === "DeviceModel")
    .map((source) => parsed(source, (raw) => parseDeviceModel(convertDeviceModel(raw, V1BETA1))));
  if (devices.length === 0) {
    throw new MapperkitError("invalid_input", `${paths.join(", ")}: there is no Device`);
  }
  refuseTwins(devices);
  return {
    devices: devices.map(({ object }) => object),
    models: models.map(({ object }) => object),
    wanted: devices.map((device) => wantedOf(device, models)),
    faults: devices.flatMap(faultsOf),
  };
}

function filesOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const files = globSync("*.{yaml,yml,json}", { cwd: path }).toSorted();
  if (files.length > 0) return files.map((file) => join(path, file));
  throw new MapperkitError("invalid_input", `${path} has no YAML file`);
}

function sourcesOf(file: string): Source[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("invalid_input", `${file} cannot be read: ${why}`, { cause });
  }
  const lines = new LineCounter();
  // kubectl reads YAML 1.1, in which an unquoted "on" is a boolean.
  return [...parseAllDocuments(text, { version: "1.1", lineCounter: lines })].map((document) => {
    const [error] = document.errors;
    if (error) throw new MapperkitError("invalid_input", `${file}: ${error.message}`);
    return { file, document, lines };
  });
}

function parsed<T>(source: Source, parse: (raw: unknown) => T): Written<T> {
  try {
    return { object: parse(source.document.toJS()), source };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("invalid_input", `${placeOf(source)}: ${why}`, { cause });
  }
}

function refuseTwins(devices: readonly Written<Device>[]): void {
  const seen = new Map<string, Source>();
  for (const { object, source } of devices) {
    const id = idOf(object);
    const other = seen.get(id);
    if (other) {
      const message = `${placeOf(source)}: Device ${id} is in ${placeOf(other)} already`;
      throw new MapperkitError("invalid_input", message);
    }
    seen.set(id, source);
  }
}

function wantedOf(
  { object, source }: Written<Device>,
  models: readonly Written<DeviceModel>[],
): WantedDevice {
  const name = object.spec?.deviceModelRef?.name;
  const namespace = object.metadata.namespace ?? "default";
  const model = models.find(
    ({ object: { metadata } }) =>
      metadata.name === name && (metadata.namespace ?? "default") === namespace,
  );
  if (!model) {
    const place = placeOf(source, keyNode(source.document.contents, "deviceModelRef"));
    const message = `${place}: DeviceModel ${namespace}/${name} is in none of the files`;
    throw new MapperkitError("invalid_input", message);
  }
  return {
    id: idOf(object),
    device: mergeModelDefaults(object, model.object),
    model: model.object,
    where: (property, key) => where(source, model.source, property, key),
  };
}

function faultsOf({ object, source }: Written<Device>): WantedFault[] {
  const text = object.metadata.annotations?.[FAULTS];
  if (text === undefined) return [];
  try {
    const entries = parse(text) as unknown;
    if (!Array.isArray(entries)) throw new Error("must be a list of faults");
    return entries.map((entry) => ({ device: idOf(object), fault: parseFault(entry) }));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const place = placeOf(source, keyNode(source.document.contents, FAULTS));
    throw new MapperkitError("invalid_input", `${place}: ${FAULTS}: ${why}`, { cause });
  }
}

/** The key where it is said: by the device, else by its model, else who should have said it. */
function where(device: Source, model: Source, property?: string, key?: string): string {
  for (const source of [device, model]) {
    const node = property === undefined ? source.document.contents : propertyNode(source, property);
    const found = key === undefined ? undefined : keyNode(node, key);
    if (found) return placeOf(source, found);
  }
  for (const source of property === undefined ? [] : [device, model]) {
    const found = propertyNode(source, property ?? "");
    if (found) return placeOf(source, found);
  }
  return placeOf(device);
}

function idOf({ metadata: { namespace = "default", name } }: Device): string {
  return `${namespace}/${name}`;
}
