import type { CompiledSchema } from "../schema/index.ts";
import { isObject, type JsonObject } from "../schema/json-schema-props.ts";
import { type FlatField, flatFields, integerFormat } from "./flat-fields.ts";
import { goNameOf } from "./message-names.ts";
import { DecodeFault, readScalar } from "./read-scalar.ts";

const DEEPEST = 256;

/** How a typed decoder of the real server reads a built-in kind. */
export class TypedSchema implements CompiledSchema {
  readonly #message: string;

  constructor(message: string) {
    this.#message = message;
  }

  unknownFields(value: unknown): string[] {
    const paths: string[] = [];
    visit(value, this.#message, (_owner, _name, path) => paths.push(path));
    return paths.sort();
  }

  prune(value: unknown): void {
    visit(value, this.#message, (owner, name) => {
      delete owner[name];
    });
  }

  applyDefaults(): void {
    // What a kind fills in belongs to its strategy.
  }

  validate(): [] {
    return [];
  }

  /** Why Go could not read it; undefined when it could. Members that are null are removed. */
  decodeFault(value: unknown): string | undefined {
    try {
      readMessage(value, this.#message, { root: goNameOf(this.#message), path: "", depth: 0 });
      return undefined;
    } catch (error) {
      if (error instanceof DecodeFault) return error.message;
      throw error;
    }
  }
}

type OnUnknown = (owner: JsonObject, name: string, path: string) => void;

const OF_EVERY_OBJECT: ReadonlySet<string> = new Set(["apiVersion", "kind"]);

function visit(value: unknown, message: string, onUnknown: OnUnknown, path = "", depth = 0): void {
  if (!isObject(value) || message.startsWith("crd.SchemaOr") || depth > DEEPEST) return;
  const fields = flatFields(message);
  for (const name of Object.keys(value)) {
    const memberPath = path === "" ? name : `${path}.${name}`;
    const field = fields.get(name);
    if (field === undefined) {
      if (path !== "" || !OF_EVERY_OBJECT.has(name)) onUnknown(value, name, memberPath);
    } else if (field.type.includes(".")) {
      visitMember(value[name], field, onUnknown, memberPath, depth + 1);
    }
  }
}

function visitMember(
  value: unknown,
  { repeat, type }: FlatField,
  onUnknown: OnUnknown,
  path: string,
  depth: number,
): void {
  if (repeat === "[]" && Array.isArray(value)) {
    for (const [i, item] of value.entries()) visit(item, type, onUnknown, `${path}[${i}]`, depth);
  } else if (repeat === "{}" && isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      visit(item, type, onUnknown, `${path}.${key}`, depth);
    }
  } else if (repeat === "") visit(value, type, onUnknown, path, depth);
}

interface Place {
  /** The Go type around the value. */
  readonly root: string;
  readonly path: string;
  readonly depth: number;
}

function readMessage(value: unknown, message: string, at: Place): void {
  if (message.startsWith("crd.SchemaOr") || message === "crd.Schema" || at.depth > DEEPEST) return;
  if (!isObject(value)) throw new DecodeFault(value, at, goTypeOf(message));
  const fields = flatFields(message);
  const root = goNameOf(message);
  for (const name of Object.keys(value)) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const member = value[name];
    if (member === null) {
      delete value[name];
      continue;
    }
    const path = at.path === "" ? name : `${at.path}.${name}`;
    readField(member, field, { root, path, depth: at.depth + 1 });
  }
}

function readField(value: unknown, field: FlatField, at: Place): void {
  const { repeat, type, name } = field;
  if (repeat === "[]") {
    if (!Array.isArray(value)) throw new DecodeFault(value, at, `[]${goTypeOf(type, name)}`);
    for (const item of value) if (item !== null) readOne(item, field, at);
  } else if (repeat === "{}") {
    if (!isObject(value)) {
      throw new DecodeFault(value, at, `map[string]${goTypeOf(type, name)}`);
    }
    for (const [key, item] of Object.entries(value)) {
      if (item === null) value[key] = type === "s" || type === "y" ? "" : {};
      else readOne(item, field, at);
    }
  } else readOne(value, field, at);
}

function readOne(value: unknown, { type, name }: FlatField, at: Place): void {
  if (type.includes(".")) readMessage(value, type, at);
  else readScalar(value, type, name, at, goTypeOf(type, name));
}

const GO_TYPES: Readonly<Record<string, string>> = {
  s: "string",
  b: "bool",
  d: "float64",
  y: "uint8",
  time: "v1.Time",
  quantity: "resource.Quantity",
  intstr: "intstr.IntOrString",
  list: "[]string",
  json: "v1.JSON",
};

function goTypeOf(type: string, field = ""): string {
  if (type === "i") return integerFormat(field);
  return GO_TYPES[type] ?? `v1.${goNameOf(type)}`;
}
