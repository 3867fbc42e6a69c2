import { isDeepStrictEqual } from "node:util";
import {
  type DeviceModel,
  findDeviceFaults,
  findWireFaults,
  MapperkitError,
  parseDevice,
  parseDeviceModel,
} from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";

const V1BETA1 = "devices.kubeedge.io/v1beta1";
/** Someone typed these. Who applies a file again means no change when there is none. */
const BY_HAND: ReadonlySet<string> = new Set(["kubectl-patch", "kubectl-edit", "kubectl-replace"]);

/** A write as an API server asks about it: objects of either API version, of whatever shape. */
export interface AskedWrite {
  readonly operation: string;
  readonly object: unknown;
  readonly old: unknown;
  readonly fieldManager: string;
}

/** What whoever writes should know; empty when all of it will be obeyed. Never throws. */
export function findWarnings(write: AskedWrite): readonly string[] {
  if (write.operation !== "CREATE" && write.operation !== "UPDATE") return [];
  const { kind } = membersOf(write.object);
  try {
    if (kind === "Device") return deviceWarnings(write);
    if (kind === "DeviceModel") return modelWarnings(write);
  } catch (error) {
    // The schema of the CRD has said, or will say, what the object's shape lacks.
    if (!(error instanceof MapperkitError)) throw error;
  }
  return [];
}

function deviceWarnings(write: AskedWrite): readonly string[] {
  return [...effectWarnings(write), ...reportedWarnings(write), ...specWarnings(write)];
}

/** The API server drops a status before it asks, so a write of nothing else is one of nothing. */
function effectWarnings({ operation, object, old, fieldManager }: AskedWrite): string[] {
  if (operation !== "UPDATE" || !BY_HAND.has(fieldManager) || !isSame(object, old)) return [];
  return [
    "nothing is changed by this: in v1beta1 desired values are in spec.properties[].desired, and status is written by cloudcore only (or: mapperkit device set NAME PROPERTY=VALUE)",
  ];
}

/** Only v1alpha2 has reported values in the object itself. */
function reportedWarnings({ object, old }: AskedWrite): string[] {
  if (membersOf(object).apiVersion === V1BETA1) return [];
  const before = reportedOf(old);
  return [...reportedOf(object)].flatMap(([property, value]) =>
    value === undefined || value === before.get(property)
      ? []
      : [
          `status.twins[${property}].reported is what the device reports: the value written here is not kept`,
        ],
  );
}

function reportedOf(device: unknown): Map<string, unknown> {
  const { twins } = membersOf(membersOf(device).status);
  if (!Array.isArray(twins)) return new Map();
  return new Map(
    twins.map((twin) => {
      const { propertyName, reported } = membersOf(twin);
      return [String(propertyName), membersOf(reported).value];
    }),
  );
}

/** Without the model: it may be applied after its devices. */
function specWarnings({ object, old }: AskedWrite): string[] {
  if (isDeepStrictEqual(membersOf(object).spec, membersOf(old).spec)) return [];
  const device = parseDevice(convertDevice(object, V1BETA1));
  return findDeviceFaults(device, undefined).flatMap(({ reason, message }) =>
    reason === "UnknownModel" ? [] : [message],
  );
}

function modelWarnings({ object, old }: AskedWrite): string[] {
  if (isDeepStrictEqual(membersOf(object).spec, membersOf(old).spec)) return [];
  const model = parseDeviceModel(convertDeviceModel(object, V1BETA1));
  // Both may find the same: one word on a field is enough.
  const faults = [...findWireFaults(model), ...findDeviceFaults(bareDevice(model), model)];
  return [...new Map(faults.map(({ field, message }) => [field, message])).values()];
}

/** A device that has no faults of its own. */
function bareDevice({ metadata }: DeviceModel) {
  const spec = { deviceModelRef: { name: metadata.name }, nodeName: "any" };
  return parseDevice({ apiVersion: V1BETA1, kind: "Device", metadata, spec });
}

function isSame(object: unknown, old: unknown): boolean {
  return isDeepStrictEqual(withoutBookkeeping(object), withoutBookkeeping(old));
}

function withoutBookkeeping(object: unknown): object {
  const { metadata, ...rest } = membersOf(object);
  const { managedFields, resourceVersion, generation, ...ownMetadata } = membersOf(metadata);
  return { ...rest, metadata: ownMetadata };
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
