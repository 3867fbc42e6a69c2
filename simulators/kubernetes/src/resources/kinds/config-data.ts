import {
  isJsonObject,
  type JsonObject,
  type KubeObject,
  sameJson,
} from "../../objects/kube-object.ts";
import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
} from "../../status/index.ts";
import type { Strategy } from "../served-resource.ts";

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const LONGEST_KEY = 253;
const MOST_BYTES = 1024 * 1024;
const FIXED = "field is immutable when `immutable` is set";

export const configMapStrategy: Partial<Strategy> = {
  validate: (object, old) => [
    ...immutableFaults(object, old, ["data", "binaryData"]),
    ...keyFaults(object.data, "data"),
    ...keyFaults(object.binaryData, "binaryData"),
    ...Object.keys(membersOf(object.binaryData))
      .filter((key) => Object.hasOwn(membersOf(object.data), key))
      .map((key) => invalidField(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...sizeFaults([object.data, object.binaryData], ""),
  ],
};

export const secretStrategy: Partial<Strategy> = {
  prepare: prepareSecret,
  validate: (object, old) => [
    ...immutableFaults(object, old, ["data"]),
    ...(old !== undefined && object.type !== old.type
      ? [invalidField("type", object.type, "field is immutable")]
      : []),
    ...keyFaults(object.data, "data"),
    ...typeFaults(object),
    ...sizeFaults([object.data], "data"),
  ],
};

function prepareSecret(object: KubeObject): void {
  const plain = object.stringData;
  object.type ??= "Opaque";
  if (!isJsonObject(plain)) return;
  const data: Record<string, string> = { ...(object.data as Record<string, string>) };
  for (const [key, value] of Object.entries(plain)) {
    data[key] = Buffer.from(String(value)).toString("base64");
  }
  object.data = data;
  delete object.stringData;
}

function immutableFaults(
  object: KubeObject,
  old: KubeObject | undefined,
  fields: readonly string[],
): FieldError[] {
  if (old?.immutable !== true) return [];
  const faults = object.immutable === true ? [] : [forbiddenField("immutable", FIXED)];
  const changed = fields.filter((field) => !sameJson(object[field], old[field]));
  return [...faults, ...changed.map((field) => forbiddenField(field, FIXED))];
}

function keyFaults(data: unknown, field: string): FieldError[] {
  return Object.keys(membersOf(data)).flatMap((key) => {
    const at = `${field}[${key}]`;
    if (key.length > LONGEST_KEY) {
      return [invalidField(at, key, `must be no more than ${LONGEST_KEY} characters`)];
    }
    if (key === "." || key === "..") return [invalidField(at, key, `must not be '${key}'`)];
    if (key.startsWith("..")) return [invalidField(at, key, `must not start with '..'`)];
    return KEY.test(key) ? [] : [invalidField(at, key, KEY_TEXT)];
  });
}

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

function typeFaults({ type, data }: KubeObject): FieldError[] {
  const needed = NEEDED[String(type)] ?? [];
  const present = membersOf(data);
  return needed
    .filter((key) => !Object.hasOwn(present, key))
    .map((key) => requiredField(`data[${key}]`));
}

function sizeFaults(maps: readonly unknown[], field: string): FieldError[] {
  let size = 0;
  for (const map of maps) {
    for (const value of Object.values(membersOf(map))) size += Buffer.byteLength(String(value));
  }
  if (size <= MOST_BYTES) return [];
  const message = `Too long: may not be more than ${MOST_BYTES} bytes`;
  return [{ type: "FieldValueTooLong", field, message }];
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
