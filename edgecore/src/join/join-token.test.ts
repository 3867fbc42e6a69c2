import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJoinToken } from "./join-token.ts";

const HASH = "a".repeat(64);
const claims = Buffer.from(JSON.stringify({ node: "pi-1", exp: 5 })).toString("base64url");

test("a node's token names its node, KubeEdge's shared one does not", () => {
  assert.deepEqual(parseJoinToken(` ${HASH}.${claims}.id.secret\n`), {
    fingerprint: HASH,
    bearer: `${claims}.id.secret`,
    node: "pi-1",
  });
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln";
  assert.deepEqual(parseJoinToken(`${HASH}.${jwt}`), { fingerprint: HASH, bearer: jwt });
});

test("any other text is refused, and never repeated", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), (text) => {
      assert.throws(
        () => parseJoinToken(`${text}.${text}.${text}`),
        (error: Error) => /wrong form/.test(error.message) && !error.message.includes(text),
      );
    }),
  );
});
