import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceCrds } from "./index.ts";

type Schema = { [key: string]: unknown; type?: string; properties?: Record<string, Schema> };
type Version = {
  name: string;
  served: boolean;
  storage: boolean;
  subresources?: object;
  additionalPrinterColumns: { name: string }[];
  schema: { openAPIV3Schema: Schema };
};
type Crd = {
  metadata: { name: string };
  spec: { names: { kind: string }; conversion: unknown; versions: Version[] };
};

const crds = deviceCrds as unknown as Crd[];
const versions = crds.flatMap(({ spec }) =>
  spec.versions.map((version) => ({ title: `${spec.names.kind} ${version.name}`, version })),
);

/** Every node of a schema with its path. */
function* nodes(schema: Schema, path = ""): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    yield* nodes(child, `${path}.${name}`);
  }
  for (const key of ["items", "additionalProperties"]) {
    const child = schema[key];
    if (typeof child === "object" && child !== null) yield* nodes(child as Schema, `${path}[]`);
  }
}

function at(title: string, path: string): Schema | undefined {
  const found = versions.find((v) => v.title === title);
  assert.ok(found, title);
  return new Map(nodes(found.version.schema.openAPIV3Schema)).get(path);
}

test("v1beta1 is stored, with a status of its own; v1alpha2 is served without", () => {
  const facts = versions.map(({ title, version: { served, storage, subresources } }) => ({
    title,
    served,
    storage,
    subresources,
  }));
  const old = { served: true, storage: false, subresources: undefined };
  const stored = { served: true, storage: true };
  assert.deepEqual(facts, [
    { title: "DeviceModel v1beta1", ...stored, subresources: undefined },
    { title: "DeviceModel v1alpha2", ...old },
    { title: "Device v1beta1", ...stored, subresources: { status: {} } },
    { title: "Device v1alpha2", ...old },
  ]);
});

for (const { title, version } of versions) {
  test(`${title} has a structural schema without what the API server refuses`, () => {
    for (const [path, node] of nodes(version.schema.openAPIV3Schema)) {
      assert.equal(typeof node.type, "string", `${path} has a type`);
      for (const key of [
        "$schema",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "nullable",
        "default",
        "propertyNames",
      ]) {
        assert.equal(node[key], undefined, `${path} has no ${key}`);
      }
      assert.notEqual(node.additionalProperties, false, path);
      const keys = (node["x-kubernetes-list-map-keys"] ?? []) as string[];
      for (const key of keys) {
        const { required } = node.items as { required: string[] };
        assert.ok(required.includes(key), `${path} requires its key ${key}`);
      }
    }
  });
}

test("kubectl shows model, node, state, whether synced, and age, in both versions", () => {
  for (const { title, version } of versions.filter((v) => v.title.startsWith("Device "))) {
    assert.deepEqual(
      version.additionalPrinterColumns.map(({ name }) => name),
      ["Model", "Node", "State", "Synced", "Age"],
      title,
    );
  }
});

const listTypes: [title: string, path: string, type: unknown, keys: unknown][] = [
  ["Device v1beta1", ".spec.properties", "map", ["name"]],
  ["Device v1beta1", ".status.twins", "atomic", undefined],
  ["Device v1alpha2", ".status.twins", "map", ["propertyName"]],
];
for (const [title, path, type, keys] of listTypes) {
  test(`${title} ${path} is a list of type ${type}`, () => {
    assert.equal(at(title, path)?.["x-kubernetes-list-type"], type);
    assert.deepEqual(at(title, path)?.["x-kubernetes-list-map-keys"], keys);
  });
}

const free = [
  ["Device v1beta1", ".spec.protocol.configData"],
  ["Device v1beta1", ".spec.properties[].visitors.configData"],
  ["Device v1beta1", ".status"],
  ["Device v1alpha2", ".status.observed"],
  ["Device v1alpha2", ".spec.protocol.common.customizedValues"],
  ["DeviceModel v1beta1", ".spec.protocolConfigData"],
] as const;
for (const [title, path] of free) {
  test(`${title} ${path} keeps what it does not know`, () => {
    assert.equal(at(title, path)?.["x-kubernetes-preserve-unknown-fields"], true);
  });
}

test("bounds, enums and required leaves are the contract's", () => {
  const slave = at("Device v1alpha2", ".spec.protocol.modbus.slaveID");
  assert.deepEqual(slave, { type: "integer", format: "int64", minimum: 0, maximum: 255 });
  const stopBits = at("Device v1alpha2", ".spec.protocol.common.com.stopBits");
  assert.deepEqual(stopBits, { type: "integer", format: "int64", enum: [1, 2] });
  assert.deepEqual(at("Device v1beta1", ".spec.properties[].desired")?.required, ["value"]);
  assert.equal(at("Device v1beta1", ".spec.properties[].visitors")?.required, undefined);
  const words = ["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES", "STREAM"];
  assert.deepEqual(at("DeviceModel v1beta1", ".spec.properties[].type")?.enum, words);
});

test("kubectl explain says that values are quoted", () => {
  for (const [title, path] of [
    ["Device v1beta1", ".spec.properties[].desired.value"],
    ["Device v1alpha2", ".status.twins[].desired.value"],
  ] as const) {
    assert.match(String(at(title, path)?.description), /write "ON".* in quotes/);
  }
});
