import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerAdmission } from "./admission-review.ts";

const V1BETA1 = "devices.kubeedge.io/v1beta1";
const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const metadata = { name: "counter", namespace: "default" };

function review(request: object): object {
  const apiVersion = "admission.k8s.io/v1";
  return { apiVersion, kind: "AdmissionReview", request: { uid: "r1", ...request } };
}

function warnings(request: object): readonly string[] {
  const { response } = answerAdmission(review(request));
  assert.deepEqual([response.uid, response.allowed], ["r1", true]);
  return response.warnings ?? [];
}

function device(spec: object, more: object = {}): object {
  const sound = { deviceModelRef: { name: "m" }, nodeName: "e1" };
  return { apiVersion: V1BETA1, kind: "Device", metadata, spec: { ...sound, ...spec }, ...more };
}

const patched = { operation: "UPDATE", options: { fieldManager: "kubectl-patch" } };
const cases: { what: string; request: object; warns: RegExp[] }[] = [
  { what: "a sound device", request: { operation: "CREATE", object: device({}) }, warns: [] },
  {
    what: "a device of no node",
    request: { operation: "CREATE", object: device({ nodeName: "" }) },
    warns: [/^spec\.nodeName must name the edge node/],
  },
  {
    what: "faults of a spec that this write leaves alone",
    request: {
      operation: "UPDATE",
      object: device({ nodeName: "" }, { metadata: { ...metadata, labels: { a: "b" } } }),
      oldObject: device({ nodeName: "" }),
    },
    warns: [],
  },
  {
    what: "a v1alpha2 device that names no model",
    request: {
      operation: "CREATE",
      object: { apiVersion: V1ALPHA2, kind: "Device", metadata, spec: {} },
    },
    warns: [/deviceModelRef\.name must name a DeviceModel/, /nodeName/],
  },
  {
    what: "a patch by hand that changes nothing but bookkeeping",
    request: {
      ...patched,
      object: device({}, { metadata: { ...metadata, managedFields: [{}] } }),
      oldObject: device({}),
    },
    warns: [/nothing is changed by this: .*spec\.properties\[\]\.desired/],
  },
  {
    what: "a file that is applied again",
    request: {
      ...{ operation: "UPDATE", options: { fieldManager: "kubectl" } },
      ...{ object: device({}), oldObject: device({}) },
    },
    warns: [],
  },
  {
    what: "a model whose bound is no number",
    request: {
      operation: "CREATE",
      object: {
        ...{ apiVersion: V1BETA1, kind: "DeviceModel", metadata },
        spec: { properties: [{ name: "p", type: "INT", accessMode: "ReadOnly", minimum: "x" }] },
      },
    },
    warns: [/^DeviceModel\.spec\.properties\[p\]\.minimum is "x", must be a decimal number/],
  },
  {
    what: "a deletion",
    request: { operation: "DELETE", object: null, oldObject: device({}) },
    warns: [],
  },
];
for (const { what, request, warns } of cases) {
  test(`${what}: ${warns.length === 0 ? "no warning" : warns.join(", ")}`, () => {
    const told = warnings(request);
    assert.equal(told.length, warns.length, told.join("\n"));
    for (const [index, pattern] of warns.entries()) assert.match(told[index] ?? "", pattern);
  });
}

test("a reported value that v1alpha2 writes is warned of; one that was there is not", () => {
  const of = (value: string) => ({
    ...{ apiVersion: V1ALPHA2, kind: "Device", metadata },
    spec: { deviceModelRef: { name: "m" } },
    status: { twins: [{ propertyName: "p", reported: { value } }] },
  });
  const request = (value: string) => ({
    ...{ operation: "UPDATE", object: of(value), oldObject: of("7") },
  });
  assert.deepEqual(warnings(request("7")), []);
  assert.match(warnings(request("999")).join(), /status\.twins\[p\]\.reported is what the device/);
});

test("warnings are few and short enough for a header", () => {
  const properties = Array.from({ length: 40 }, (_, index) => ({
    ...{ name: `${index}-${"n".repeat(300)}`, collectCycle: -1 },
  }));
  const told = warnings({ operation: "CREATE", object: device({ properties }) });
  assert.equal(told.length, 12);
  assert.ok(told.every((text) => text.length <= 256));
});

test("whatever it is asked, it lets pass, under the request's uid", () => {
  const anything = fc.anything();
  const object = fc.oneof(
    anything,
    fc.record(
      {
        apiVersion: fc.constantFrom(V1ALPHA2, V1BETA1),
        kind: fc.constantFrom("Device", "DeviceModel"),
        ...{ metadata: anything, spec: anything, status: anything },
      },
      { requiredKeys: ["kind", "apiVersion"] },
    ),
  );
  fc.assert(
    fc.property(object, object, (now, old) => {
      warnings({ ...patched, object: now, oldObject: old });
    }),
  );
  fc.assert(fc.property(anything, (body) => void answerAdmission(body)));
});
