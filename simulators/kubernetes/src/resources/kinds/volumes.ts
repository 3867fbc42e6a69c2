import { isJsonObject, type JsonObject, type KubeObject } from "../../objects/kube-object.ts";
import { type FieldError, requiredField } from "../../status/index.ts";
import type { Strategy } from "../served-resource.ts";

const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** Claims are kept and wait: nothing here provisions or binds volumes. */
export const claimStrategy: Partial<Strategy> = {
  prepare: (object, old) => {
    if (isJsonObject(object.spec)) object.spec = { volumeMode: "Filesystem", ...object.spec };
    if (old === undefined) object.status = { phase: "Pending" };
  },
  validate: (object, old) => {
    const spec = membersOf(object.spec);
    const faults = modeFaults(spec);
    if (membersOf(membersOf(spec.resources).requests).storage === undefined) {
      faults.push(requiredField("spec.resources[storage]"));
    }
    return [...faults, ...immutableFaults(object, old)];
  },
};

export const volumeStrategy: Partial<Strategy> = {
  prepare: (object, old) => {
    const defaults = { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" };
    if (isJsonObject(object.spec)) object.spec = { ...defaults, ...object.spec };
    if (old === undefined) object.status = { phase: "Available" };
  },
  validate: (object) => {
    const spec = membersOf(object.spec);
    const faults = modeFaults(spec);
    if (membersOf(spec.capacity).storage === undefined) faults.push(requiredField("spec.capacity"));
    const known = new Set(["accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity"]);
    const more = ["persistentVolumeReclaimPolicy", "storageClassName", "volumeMode"];
    const sources = Object.keys(spec).filter((key) => !known.has(key) && !more.includes(key));
    if (sources.length === 0) {
      faults.push({
        ...requiredField("spec"),
        message: "Required value: must specify a volume type",
      });
    }
    return faults;
  },
};

function modeFaults({ accessModes }: JsonObject): FieldError[] {
  if (!Array.isArray(accessModes) || accessModes.length === 0) {
    const message = "Required value: at least 1 access mode is required";
    return [{ ...requiredField("spec.accessModes"), message }];
  }
  const wrong = accessModes.filter((mode) => !MODES.includes(mode));
  const list = MODES.map((mode) => JSON.stringify(mode)).join(", ");
  return wrong.map((mode) => ({
    type: "FieldValueNotSupported",
    field: "spec.accessModes",
    message: `Unsupported value: ${JSON.stringify(mode)}: supported values: ${list}`,
  }));
}

/** Of a claim only the requested size may change. */
function immutableFaults(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  if (old === undefined) return [];
  const rest = ({ resources: _, volumeName: _name, ...spec }: JsonObject) => JSON.stringify(spec);
  if (rest(membersOf(object.spec)) === rest(membersOf(old.spec))) return [];
  const message =
    "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  return [{ type: "FieldValueForbidden", field: "spec", message }];
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
