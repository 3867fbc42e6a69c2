import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CORE_MESSAGES } from "../protobuf/core-messages.ts";
import { DEFINITION_MESSAGES } from "../protobuf/definition-messages.ts";
import { coreComponents } from "./components.ts";
import { mergeSchemaOf } from "./merge-schema.ts";
import { TypedSchema } from "./typed-schema.ts";

const metadata = { name: "a" };
const pod = (container: object) => ({ metadata, spec: { containers: [container] } });
const FAULTS: [message: string, value: object, fault: string | undefined][] = [
  ["core.Pod", pod({ name: "c", image: "x" }), undefined],
  [
    "core.Pod",
    pod({ name: "c", image: 3 }),
    "json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string",
  ],
  [
    "core.Pod",
    { metadata, spec: { containers: {} } },
    "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
  ],
  [
    "core.ConfigMap",
    { metadata, data: { a: true } },
    "json: cannot unmarshal bool into Go struct field ConfigMap.data of type string",
  ],
  [
    "core.ConfigMap",
    { metadata, data: "a" },
    "json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string",
  ],
  [
    "apps.Deployment",
    { metadata, spec: { replicas: 1.5 } },
    "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  ["core.Secret", { metadata, data: { a: "not base64!" } }, "illegal base64 data at input byte 3"],
  [
    "core.Pod",
    pod({ name: "c", resources: { limits: { cpu: "much" } } }),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    "coordination.Lease",
    { metadata, spec: { renewTime: "now" } },
    'parsing time "now" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "now" as "2006"',
  ],
];
for (const [message, value, fault] of FAULTS) {
  test(`${message} ${JSON.stringify(value)}: ${fault ?? "is read"}`, () => {
    assert.equal(new TypedSchema(message).decodeFault(value), fault);
  });
}

test("what a kind does not have is found at any depth, and pruned", () => {
  const schema = new TypedSchema("core.Pod");
  const value = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    bogus: 1,
    spec: { containers: [{ name: "c", lifecycle: { x: 1 } }], volumes: [{ emptyDir: { y: 1 } }] },
  };
  const unknown = ["bogus", "spec.containers[0].lifecycle.x", "spec.volumes[0].emptyDir.y"];
  assert.deepEqual(schema.unknownFields(value), unknown);
  schema.prune(value);
  assert.deepEqual(schema.unknownFields(value), []);
});

test("nulls are absent, as Go reads them", () => {
  const value = { metadata: { creationTimestamp: null }, data: { a: null }, immutable: null };
  assert.equal(new TypedSchema("core.ConfigMap").decodeFault(value), undefined);
  assert.deepEqual(value, { metadata: {}, data: { a: "" } });
});

test("every message has components whose references lead somewhere, and a merge schema", () => {
  for (const message of Object.keys({ ...CORE_MESSAGES, ...DEFINITION_MESSAGES })) {
    const components = coreComponents(message);
    for (const [, name = ""] of JSON.stringify(components).matchAll(/schemas\/([^"]+)"/g)) {
      assert.ok(components[name] ?? name.includes(".meta.v1."), `${message}: ${name}`);
    }
    assert.equal(mergeSchemaOf(message) === undefined, message.startsWith("crd."));
  }
});

test("no JSON makes the reader throw", () => {
  const member = fc.oneof(fc.jsonValue(), fc.constant(null));
  const spec = fc.record({ containers: member, volumes: fc.array(member), nodeSelector: member });
  fc.assert(
    fc.property(fc.oneof(member, fc.record({ metadata: member, spec })), (drawn) => {
      const value = JSON.parse(JSON.stringify(drawn)) as unknown;
      const schema = new TypedSchema("core.Pod");
      if (schema.decodeFault(value) !== undefined) return;
      schema.prune(value);
      assert.deepEqual(schema.unknownFields(value), []);
    }),
  );
});
