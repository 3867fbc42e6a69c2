import type { Device, DeviceModel } from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";

/** A device with its model, as the mappers of KubeEdge 1.9 to 1.14 read them from a file. */
export interface ProfiledDevice {
  readonly device: Device;
  readonly model: DeviceModel | undefined;
}

export interface DeviceProfile {
  /** `deviceProfile.json`, each a whole of its own; none without devices. */
  readonly parts: readonly string[];
  /** Devices that no part can hold. */
  readonly leftOut: readonly Device[];
}

type Json = Record<string, unknown>;

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
/** How the file names what v1alpha2 has a field for (device-crds, "The per-node mapper ConfigMap"). */
const PROTOCOLS: readonly (readonly [field: string, name: string])[] = [
  ["modbus", "modbus"],
  ["opcua", "opcua"],
  ["bluetooth", "bluetooth"],
  ["customizedProtocol", "customized-protocol"],
];
const EMPTY = '{"deviceInstances":[],"deviceModels":[],"protocols":[]}';

/**
 * The file of one node and namespace, in parts of `maxBytes` at most: a device stands in one part,
 * together with its protocol and its model. In the order given, so an equal input is an equal text.
 */
export function deviceProfile(items: readonly ProfiledDevice[], maxBytes: number): DeviceProfile {
  const parts: Part[] = [];
  const leftOut: Device[] = [];
  for (const item of items) {
    const entry = entryOf(item);
    const last = parts.at(-1);
    if (last?.take(entry, maxBytes)) continue;
    const fresh = new Part();
    if (fresh.take(entry, maxBytes)) parts.push(fresh);
    else leftOut.push(item.device);
  }
  return { parts: parts.map((part) => part.text()), leftOut };
}

interface Entry {
  readonly instance: string;
  readonly protocol: string | undefined;
  readonly model: { readonly name: string; readonly text: string } | undefined;
}

class Part {
  readonly #instances: string[] = [];
  readonly #protocols: string[] = [];
  readonly #models = new Map<string, string>();
  #bytes = EMPTY.length;

  take({ instance, protocol, model }: Entry, maxBytes: number): boolean {
    const isNewModel = model !== undefined && !this.#models.has(model.name);
    const texts = [instance, ...(protocol ? [protocol] : []), ...(isNewModel ? [model.text] : [])];
    // Each with a comma.
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    if (this.#bytes + bytes > maxBytes) return false;
    this.#bytes += bytes;
    this.#instances.push(instance);
    if (protocol) this.#protocols.push(protocol);
    if (isNewModel) this.#models.set(model.name, model.text);
    return true;
  }

  text(): string {
    const models = [...this.#models.values()];
    return `{"deviceInstances":[${this.#instances}],"deviceModels":[${models}],"protocols":[${this.#protocols}]}`;
  }
}

function entryOf({ device, model }: ProfiledDevice): Entry {
  const old = convertDevice(device, V1ALPHA2) as { spec?: Json; status?: Json };
  const name = device.metadata.name;
  const spec = old.spec ?? {};
  const protocol = protocolOf(asJson(spec.protocol), name);
  const modelName = device.spec?.deviceModelRef?.name;
  const instance = {
    id: name,
    name,
    ...(protocol && { protocol: protocol.name }),
    ...(modelName && { model: modelName }),
    twins: asList(asJson(old.status).twins).map(twinOf),
    ...(spec.data !== undefined && { data: spec.data }),
    propertyVisitors: asList(spec.propertyVisitors).map((each) => visitorOf(each, modelName)),
  };
  return {
    instance: JSON.stringify(instance),
    protocol: protocol && JSON.stringify(protocol),
    model: model && { name: model.metadata.name, text: JSON.stringify(modelOf(model)) },
  };
}

function protocolOf(config: Json, device: string) {
  const [field, protocol] = PROTOCOLS.find(([each]) => config[each] !== undefined) ?? [];
  if (!field || !protocol) return undefined;
  return {
    name: `${protocol}-${device}`,
    protocol,
    protocolConfig: config[field],
    protocolCommonConfig: config.common ?? null,
  };
}

/** What is reported changes all the time and is of no use in a file. */
function twinOf({ propertyName, desired }: Json): Json {
  return {
    propertyName,
    desired: { value: "", metadata: null, ...asJson(desired) },
    reported: { value: "", metadata: null },
  };
}

function visitorOf(visitor: Json, modelName: string | undefined): Json {
  const { propertyName, reportCycle, collectCycle, customizedValues } = visitor;
  const [field, protocol] = PROTOCOLS.find(([each]) => visitor[each] !== undefined) ?? [];
  return {
    name: propertyName,
    propertyName,
    ...(modelName && { modelName }),
    ...(protocol && { protocol }),
    reportCycle: reportCycle ?? 0,
    collectCycle: collectCycle ?? 0,
    customizedValues: customizedValues ?? null,
    ...(field && { visitorConfig: visitor[field] }),
  };
}

function modelOf(model: DeviceModel): Json {
  const { spec } = convertDeviceModel(model, V1ALPHA2) as { spec?: Json };
  const properties = asList(spec?.properties).map(({ name, description, type }) => {
    const [dataType, facts] = Object.entries(asJson(type))[0] ?? [];
    const { accessMode, defaultValue, minimum, maximum, unit } = asJson(facts);
    return {
      name,
      ...(dataType && { dataType }),
      description: description ?? "",
      ...(accessMode !== undefined && { accessMode }),
      defaultValue: defaultValue ?? null,
      minimum: minimum ?? null,
      maximum: maximum ?? null,
      unit: unit ?? "",
    };
  });
  return { name: model.metadata.name, description: "", properties };
}

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function asList(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asJson) : [];
}
