import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StatusError } from "../status/index.ts";
import { negotiate } from "./negotiate.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const cases: [accept: string | undefined, format: string, shape: string | undefined][] = [
  [undefined, "json", undefined],
  ["*/*", "json", undefined],
  ["application/yaml", "yaml", undefined],
  [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, "json", "Table"],
  ["application/json;as=Rows;v=v1;g=meta.k8s.io,application/json", "json", undefined],
  ["application/vnd.kubernetes.protobuf, */*", "json", undefined],
  ["application/vnd.kubernetes.protobuf,application/json", "json", undefined],
];
for (const [accept, format, shape] of cases) {
  test(`Accept ${accept}`, () => assert.deepEqual(negotiate(accept, ["Table"]), { format, shape }));
}

test("what this server does not have is 406", () => {
  for (const accept of ["text/html", "application/vnd.kubernetes.protobuf", `${TABLE}x`]) {
    assert.throws(() => negotiate(accept, ["Table"]), { code: 406, reason: "NotAcceptable" });
  }
});

test("no header makes it throw anything else", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        negotiate(text, ["Table"]);
      } catch (error) {
        assert.ok(error instanceof StatusError && error.code === 406);
      }
    }),
  );
});
