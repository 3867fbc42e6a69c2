import {
  type DeviceModel,
  type ModelDefinition,
  type PropertyDefinition,
  toModelDefinition,
} from "@mapperkit/api";

/** One property as a simulated device holds it. */
export interface SimProperty {
  readonly name: string;
  readonly definition: PropertyDefinition;
  /** How its value is held in TypeScript; a list holds such values. */
  readonly kind: "boolean" | "number" | "bigint" | "text" | "bytes" | "struct";
  readonly isWritable: boolean;
}

/** The properties of one kind of device, shared by all devices of it. */
export class SimProperties {
  readonly list: readonly SimProperty[];
  readonly #byName: ReadonlyMap<string, SimProperty>;

  constructor(list: readonly SimProperty[]) {
    this.list = list;
    this.#byName = new Map(list.map((property) => [property.name, property]));
  }

  get(name: string): SimProperty | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }
}

/** The properties of a model, given in TypeScript or as a v1beta1 manifest. */
export function simPropertiesOf(model: ModelDefinition | DeviceModel): SimProperty[] {
  const definition = "kind" in model ? toModelDefinition(model) : model;
  const loose = "kind" in model ? looseIntegersOf(model) : new Set<string>();
  return Object.entries(definition.properties).map(([name, property]) => ({
    name,
    definition: property,
    kind: loose.has(name) ? "number" : kindOf(property),
    isWritable: (property.accessMode ?? "ReadOnly") !== "ReadOnly",
  }));
}

/** Integers of which the manifest does not say how wide they are: numbers, as people reckon with. */
function looseIntegersOf(model: DeviceModel): ReadonlySet<string> {
  const properties = model.spec?.properties ?? [];
  return new Set(
    properties
      .filter(({ type, visitors }) => type === "INT" && !visitors?.configData?.dataType)
      .map(({ name }) => name),
  );
}

/** What a property shows before anybody gave it a value. */
export function initialValueOf({ kind, definition }: SimProperty): unknown {
  const one = {
    boolean: false,
    number: 0,
    bigint: 0n,
    text: "",
    bytes: new Uint8Array(),
    struct: {},
  };
  const { arrayLength } = definition;
  if (arrayLength !== undefined) return Array.from({ length: arrayLength }, () => one[kind]);
  const { minimum } = definition;
  if (kind === "number" && minimum !== undefined) return Math.max(0, Number(minimum));
  return one[kind];
}

/** True when the model allows this value to be written. */
export function isAllowed({ definition, kind }: SimProperty, value: unknown): boolean {
  const { minimum, maximum } = definition;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every((one) => {
    if (kind !== "number" && kind !== "bigint") return true;
    if (typeof one !== "number" && typeof one !== "bigint") return false;
    return (minimum === undefined || one >= minimum) && (maximum === undefined || one <= maximum);
  });
}

function kindOf(property: PropertyDefinition): SimProperty["kind"] {
  const { type, scale, offset, fields } = property;
  if (fields) return "struct";
  if (type === "boolean" || type === "bytes") return type;
  if (type === "string") return "text";
  const isScaled = scale !== undefined || offset !== undefined;
  return !isScaled && (type === "int64" || type === "uint64") ? "bigint" : "number";
}
