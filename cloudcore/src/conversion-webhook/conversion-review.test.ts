import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerReview } from "./conversion-review.ts";

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const V1BETA1 = "devices.kubeedge.io/v1beta1";

function review(objects: unknown, desiredAPIVersion = V1BETA1): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    request: { uid: "r1", desiredAPIVersion, objects },
  };
}

test("objects come back converted, in order, under the request's uid", () => {
  const model = (name: string) => ({
    apiVersion: V1ALPHA2,
    kind: "DeviceModel",
    metadata: { name, uid: `u-${name}` },
    spec: { properties: [{ name: "p", type: { string: { accessMode: "ReadOnly" } } }] },
  });
  const { response } = answerReview(review([model("a"), model("b")]));
  assert.equal(response.uid, "r1");
  assert.deepEqual(response.result, { status: "Success" });
  const converted = response.convertedObjects as { apiVersion: string; metadata: object }[];
  assert.deepEqual(
    converted.map(({ apiVersion, metadata }) => [apiVersion, metadata]),
    [
      [V1BETA1, { name: "a", uid: "u-a" }],
      [V1BETA1, { name: "b", uid: "u-b" }],
    ],
  );
});

const bad: [string, unknown, RegExp][] = [
  ["no review", {}, /not a ConversionReview/],
  ["null", null, /not a ConversionReview/],
  ["no objects", review("x"), /objects/],
  ["an unknown kind", review([{ kind: "Pod" }]), /kind "Pod", expected Device or DeviceModel/],
  ["an unknown version", review([], "v9"), /^$/],
  [
    "an unknown version of an object",
    review([{ kind: "Device" }], "v9"),
    /desiredAPIVersion is "v9"/,
  ],
];
for (const [what, body, message] of bad) {
  test(`a bad review is answered: ${what}`, () => {
    const { result } = answerReview(body).response;
    assert.match(result.message ?? "", message);
    assert.equal(result.status, message.source === "^$" ? "Success" : "Failure");
  });
}

test("whatever the body, there is an answer", () => {
  fc.assert(
    fc.property(fc.anything(), fc.array(fc.anything()), (body, objects) => {
      assert.equal(answerReview(body).kind, "ConversionReview");
      assert.equal(answerReview(review(objects)).kind, "ConversionReview");
    }),
  );
});
