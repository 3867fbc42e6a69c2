import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StatusError } from "../status/index.ts";
import { decodeToken, encodeToken } from "./continue-token.ts";

test("a token holds its position", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1 }), fc.string(), (resourceVersion, start) => {
      const position = { resourceVersion, start: start.toWellFormed() };
      assert.deepEqual(decodeToken(encodeToken(position)), position);
    }),
  );
});

test("rubbish is a 400", () => {
  const rubbish = fc.oneof(
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString("base64url")),
  );
  fc.assert(
    fc.property(rubbish, (token) => {
      assert.throws(
        () => decodeToken(token),
        (error) => error instanceof StatusError && error.code === 400,
      );
    }),
  );
});
