import { badRequest, type FieldError, type GroupNamed } from "../status/index.ts";
import { isJsonObject, type JsonObject, type Metadata } from "./kube-object.ts";

const STRINGS = ["name", "generateName", "namespace", "uid", "resourceVersion"] as const;
const MAPS = ["labels", "annotations"] as const;
/** The real server never writes these members without content. */
const DROPPED_WHEN_EMPTY = ["labels", "annotations", "finalizers", "ownerReferences"] as const;
const LONGEST_ANNOTATIONS = 256 * 1024;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Reads `metadata` as far as the server uses it. @throws StatusError 400 for wrong types */
export function readMetadata(value: unknown, resource: GroupNamed, version: string): Metadata {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw wrongType(resource, version, "metadata", "object");
  for (const key of STRINGS) {
    const member = value[key];
    if (member === undefined || typeof member === "string") continue;
    if (member !== null) throw wrongType(resource, version, `metadata.${key}`, "string");
    delete value[key];
  }
  for (const key of MAPS) checkMap(value, key, resource, version);
  const { finalizers } = value;
  if (finalizers !== undefined && finalizers !== null && !isStrings(finalizers)) {
    throw wrongType(resource, version, "metadata.finalizers", "array of strings");
  }
  for (const key of DROPPED_WHEN_EMPTY) if (isEmpty(value[key])) delete value[key];
  return value as Metadata;
}

/** Kubernetes' rules for labels, annotations and finalizers. */
export function metadataFaults(metadata: Metadata): FieldError[] {
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    faults.push(...keyFaults(key, "metadata.labels"));
    if (value !== "" && (!NAME_PART.test(value) || value.length > 63)) {
      faults.push(invalidValue("metadata.labels", value, LABEL_VALUE_TEXT));
    }
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    faults.push(...keyFaults(key.toLowerCase(), "metadata.annotations"));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > LONGEST_ANNOTATIONS) {
    faults.push({
      type: "FieldValueTooLong",
      field: "metadata.annotations",
      message: `Too long: may not be more than ${LONGEST_ANNOTATIONS} bytes`,
    });
  }
  return faults;
}

const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX_TEXT =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function keyFaults(key: string, field: string): FieldError[] {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = slash < 0 ? key : key.slice(slash + 1);
  const faults: FieldError[] = [];
  if (prefix !== undefined && (!PREFIX.test(prefix) || prefix.length > 253)) {
    faults.push(invalidValue(field, key, PREFIX_TEXT));
  }
  if (name.length > 63) {
    faults.push(invalidValue(field, key, "name part must be no more than 63 characters"));
  }
  if (!NAME_PART.test(name)) faults.push(invalidValue(field, key, KEY_TEXT));
  return faults;
}

export function invalidValue(field: string, value: unknown, text: string): FieldError {
  return {
    type: "FieldValueInvalid",
    field,
    message: `Invalid value: ${JSON.stringify(value)}: ${text}`,
  };
}

function checkMap(value: JsonObject, key: string, resource: GroupNamed, version: string): void {
  const map = value[key];
  if (map === undefined) return;
  if (map === null) {
    delete value[key];
    return;
  }
  if (!isJsonObject(map)) throw wrongType(resource, version, `metadata.${key}`, "map of strings");
  for (const [name, member] of Object.entries(map)) {
    if (typeof member === "string") continue;
    if (member !== null) {
      throw wrongType(
        resource,
        version,
        `metadata.${key}.${name}`,
        `string, found ${typeof member}`,
      );
    }
    map[name] = "";
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function wrongType({ kind }: GroupNamed, version: string, field: string, expected: string) {
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: ${field} must be of type ${expected}`,
  );
}

/** @throws StatusError 400 when the object names another namespace than the URL */
export function belongTo(metadata: Metadata, namespace: string): void {
  const given = metadata.namespace ?? "";
  if (namespace === "") delete metadata.namespace;
  else if (given === "") metadata.namespace = namespace;
  else if (given !== namespace) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
}
