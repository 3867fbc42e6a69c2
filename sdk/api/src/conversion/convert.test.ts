import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deviceCrds } from "../crds/index.ts";
import { convertDevice, convertDeviceModel } from "./index.ts";

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const V1BETA1 = "devices.kubeedge.io/v1beta1";

type Schema = {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-list-map-keys"?: string[];
};

const name = fc.constantFrom("a", "b", "status", "temperature", "__proto__", "toString");
const jsonValue = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
const freeMap = fc.dictionary(
  fc.constantFrom("port", "ip", "slaveID", "offset", "baudRate", "x", "url", "__proto__"),
  jsonValue,
);

/** Objects that the CRD's own schema allows, so that no field can be forgotten here. */
function valid(schema: Schema, at = ""): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.properties) {
    const required = new Set(schema.required);
    const shape = Object.entries(schema.properties).map(
      ([key, child]) => [key, valid(child, `${at}.${key}`)] as const,
    );
    const optional = shape.filter(([key]) => !required.has(key)).map(([key]) => key);
    return fc.record(Object.fromEntries(shape), {
      requiredKeys: Object.keys(schema.properties).filter((key) => !optional.includes(key)),
    });
  }
  if (schema["x-kubernetes-preserve-unknown-fields"]) return freeMap;
  if (schema.additionalProperties) return fc.dictionary(name, valid(schema.additionalProperties));
  switch (schema.type) {
    case "string":
      return /(\.name|\.propertyName)$/.test(at)
        ? name
        : fc.oneof(fc.constantFrom("modbus", "opcua", "acme", "", "1.0", "5", "-3e2"), fc.string());
    case "integer":
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 5 }),
        fc.maxSafeInteger().filter((n) => n >= (schema.minimum ?? n) && n <= (schema.maximum ?? n)),
      );
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n));
    case "boolean":
      return fc.boolean();
    case "array": {
      const key = schema["x-kubernetes-list-map-keys"]?.[0];
      const items = valid(schema.items ?? {}, at);
      return key
        ? fc.uniqueArray(items, { maxLength: 4, selector: (item) => (item as never)[key] })
        : fc.array(items, { maxLength: 3 });
    }
    default:
      return fc.constant({});
  }
}

function schemaOf(kind: string, version: string): Schema {
  const crd = deviceCrds.find((c) => (c as never as Crd).spec.names.kind === kind) as never as Crd;
  const found = crd.spec.versions.find((v) => v.name === version) as Crd["spec"]["versions"][0];
  const { properties } = found.schema.openAPIV3Schema;
  const { spec, status } = properties ?? {};
  return { properties: { ...(spec ? { spec } : {}), ...(status ? { status } : {}) } };
}
type Crd = {
  spec: {
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
};

const metadata = fc.record(
  {
    name: fc.constant("lamp-01"),
    annotations: fc.constant({ "kubectl.kubernetes.io/last-applied-configuration": '{"a" : 1}\n' }),
  },
  { requiredKeys: ["name"] },
);

function objects(kind: string, version: string): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(valid(schemaOf(kind, version)), metadata).map(([body, metadata]) => {
    const apiVersion = `devices.kubeedge.io/${version}`;
    return JSON.parse(JSON.stringify({ apiVersion, kind, metadata, ...(body as object) }));
  });
}

function withoutObserved(object: unknown): unknown {
  const { status, ...rest } = object as { status?: Record<string, unknown> };
  if (!status) return object;
  const { observed, ...others } = status;
  return Object.keys(others).length > 0 || !observed ? { ...rest, status: others } : rest;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

const runs = { numRuns: 300 };

for (const [kind, convert] of [
  ["Device", convertDevice],
  ["DeviceModel", convertDeviceModel],
] as const) {
  test(`${kind}: v1beta1 → v1alpha2 → v1beta1 is the same object`, () => {
    fc.assert(
      fc.property(objects(kind, "v1beta1"), (object) => {
        const old = convert(frozen(object), V1ALPHA2);
        assert.equal((old as { apiVersion: string }).apiVersion, V1ALPHA2);
        assert.deepEqual(convert(frozen(old), V1BETA1), object);
      }),
      runs,
    );
  });

  test(`${kind}: v1alpha2 → v1beta1 → v1alpha2 is the same object but for the status it carries`, () => {
    fc.assert(
      fc.property(objects(kind, "v1alpha2"), (full) => {
        const object = withoutObserved(full);
        const stored = convert(frozen(object), V1BETA1);
        const back = convert(frozen(stored), V1ALPHA2);
        assert.deepEqual(withoutObserved(back), object);
        // What is stored is settled by then: another round changes nothing.
        assert.deepEqual(convert(back, V1BETA1), stored);
      }),
      runs,
    );
  });

  test(`${kind}: what a v1alpha2 writer stores is not changed by reading it in v1alpha2`, () => {
    fc.assert(
      fc.property(objects(kind, "v1alpha2"), (object) => {
        const stored = convert(frozen(object), V1BETA1);
        assert.deepEqual(convert(convert(stored, V1ALPHA2), V1BETA1), stored);
      }),
      runs,
    );
  });

  test(`${kind}: any JSON is converted or left alone, never refused`, () => {
    const anything = fc.tuple(jsonValue, jsonValue, jsonValue, jsonValue).chain((parts) =>
      fc.constantFrom(V1ALPHA2, V1BETA1).map((apiVersion) => {
        const [spec, status, metadata, kept] = parts;
        const annotations = {
          "mapperkit/kept-from-v1alpha2": JSON.stringify(kept),
          "mapperkit/kept-from-v1beta1": JSON.stringify(kept),
        };
        return [
          parts,
          { apiVersion, spec, status, metadata },
          { apiVersion, spec, status, metadata: { annotations }, conversion: kept },
        ];
      }),
    );
    fc.assert(
      fc.property(anything, (values) => {
        for (const value of values) {
          for (const version of [V1ALPHA2, V1BETA1, "v1"]) convert(frozen(value), version);
        }
      }),
      runs,
    );
  });
}
