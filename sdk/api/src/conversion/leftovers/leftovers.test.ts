import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDevice, convertDeviceModel } from "../index.ts";

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const V1BETA1 = "devices.kubeedge.io/v1beta1";
const FROM_OLD = "mapperkit/kept-from-v1alpha2";
const FROM_NEW = "mapperkit/kept-from-v1beta1";

type Thing = {
  apiVersion: string;
  metadata: { annotations?: Record<string, string>; [key: string]: unknown };
  spec: Record<string, unknown>;
  conversion?: unknown;
};

function convert(object: object, version: string): Thing {
  return convertDevice(object, version) as Thing;
}

const selector = (value: string) => ({
  nodeSelectorTerms: [
    { matchExpressions: [{ key: "", operator: "In", values: [value, "spare"] }] },
  ],
});

test("what only v1alpha2 can say is kept in one annotation, as canonical JSON", () => {
  const old = {
    apiVersion: V1ALPHA2,
    metadata: { name: "d", annotations: { mine: "kept" } },
    spec: { data: { dataTopic: "t" }, nodeSelector: selector("edge-a") },
  };
  const stored = convert(old, V1BETA1);
  assert.deepEqual(stored.spec, { nodeName: "edge-a" });
  assert.equal(stored.metadata.annotations?.mine, "kept");
  const kept = JSON.parse(stored.metadata.annotations?.[FROM_OLD] ?? "");
  assert.deepEqual(
    kept.map(({ at }: { at: string[] }) => at.join(".")),
    ["spec.data", "spec.nodeSelector"],
  );
  assert.deepEqual(convert(stored, V1ALPHA2), old);
});

test("a kept selector is dropped once the node is another one", () => {
  const old = {
    apiVersion: V1ALPHA2,
    metadata: { name: "d" },
    spec: { nodeSelector: selector("edge-a") },
  };
  const stored = convert(old, V1BETA1);
  const moved = convert({ ...stored, spec: { nodeName: "edge-b" } }, V1ALPHA2);
  assert.deepEqual(moved.spec.nodeSelector, {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["edge-b"] }] },
    ],
  });
  assert.deepEqual(moved.metadata, { name: "d" });
});

const stored = {
  apiVersion: V1BETA1,
  metadata: {
    name: "d",
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{ }\n" },
  },
  spec: {
    methods: [{ name: "setPower" }],
    properties: [
      {
        name: "a",
        reportToCloud: false,
        pushMethod: { mqtt: { topic: "t" } },
        visitors: { protocolName: "acme" },
      },
      { name: "b", desired: { value: "1" } },
    ],
  },
};

test("an edit in v1alpha2 leaves what only v1beta1 can say", () => {
  const old = convert(stored, V1ALPHA2) as Thing & { status: object };
  assert.ok(old.metadata.annotations?.[FROM_NEW]);
  const status = { twins: [{ propertyName: "b", desired: { value: "2" } }] };
  const written = convert({ ...old, status }, V1BETA1);
  const [a, b] = stored.spec.properties;
  const properties = [a, { ...b, desired: { value: "2" } }];
  assert.deepEqual(written, { ...stored, spec: { ...stored.spec, properties } });
});

test("what was kept for a property goes with it when it is removed in v1alpha2", () => {
  const old = convert(stored, V1ALPHA2);
  const written = convert({ ...old, spec: { ...old.spec, propertyVisitors: [] } }, V1BETA1);
  assert.deepEqual(written.spec.properties, [{ name: "b", desired: { value: "1" } }]);
  assert.deepEqual(written.spec.methods, stored.spec.methods);
});

test("a model's defaultValue outlives an edit of its v1beta1 form, but not a change of type", () => {
  const type = { string: { defaultValue: "OFF" } };
  const old = { apiVersion: V1ALPHA2, metadata: {}, spec: { properties: [{ name: "p", type }] } };
  const model = convertDeviceModel(old, V1BETA1) as Thing;
  const back = (property: object) =>
    (convertDeviceModel({ ...model, spec: { properties: [property] } }, V1ALPHA2) as Thing).spec;
  assert.deepEqual(back({ name: "p", type: "STRING", description: "new" }), {
    properties: [{ name: "p", description: "new", type }],
  });
  assert.deepEqual(back({ name: "p", type: "INT" }), {
    properties: [{ name: "p", type: { int: {} } }],
  });
});

test("more than 64 KiB is kept in a field, since annotations are bounded", () => {
  const dataTopic = "t".repeat(65_536);
  const old = { apiVersion: V1ALPHA2, metadata: { name: "d" }, spec: { data: { dataTopic } } };
  const large = convert(old, V1BETA1);
  assert.deepEqual(large.metadata, { name: "d" });
  assert.ok(large.conversion);
  assert.deepEqual(convert(large, V1ALPHA2), old);
});

const bad = [
  "not JSON",
  "5",
  "{}",
  "[1,null,{}]",
  '[{"at":[]},{"at":[1]},{"at":"spec"}]',
  '[{"at":["metadata","uid"],"is":"stolen"},{"at":["metadata"],"is":{}}]',
  '[{"at":["apiVersion"],"is":"v9"}]',
  '[{"at":["spec","nodeName"],"was":"other","is":"stolen"}]',
  '[{"at":["spec","properties"],"order":true,"was":["p"],"is":["q"]}]',
  '[{"at":["spec","properties","q","x"],"is":1}]',
];
for (const annotation of bad) {
  test(`bad leftovers are ignored: ${annotation}`, () => {
    const spec = {
      nodeSelector: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n"] }] },
        ],
      },
    };
    const twins = [{ propertyName: "p", desired: { value: "1" } }];
    const metadata = { name: "d", uid: "u", annotations: { [FROM_NEW]: annotation } };
    assert.deepEqual(
      convert({ apiVersion: V1ALPHA2, metadata, spec, status: { twins } }, V1BETA1),
      {
        apiVersion: V1BETA1,
        metadata: { name: "d", uid: "u" },
        spec: { nodeName: "n", properties: [{ name: "p", desired: { value: "1" } }] },
      },
    );
  });
}

test("an object of another version, or of none, comes back as it is", () => {
  for (const object of [null, 5, "x", [], {}, { apiVersion: "v1" }, { apiVersion: V1BETA1 }]) {
    assert.equal(convertDevice(object, V1BETA1), object);
  }
  const old = { apiVersion: V1ALPHA2 };
  assert.equal(convertDevice(old, "devices.kubeedge.io/v1"), old);
});

test("a body too deep to be walked is converted without what cannot be told", () => {
  const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
  const old = {
    apiVersion: V1ALPHA2,
    metadata: { name: "d" },
    spec: { data: deep, deviceModelRef: { name: "m" } },
  };
  assert.deepEqual(convert(old, V1BETA1).spec, { deviceModelRef: { name: "m" } });
});
