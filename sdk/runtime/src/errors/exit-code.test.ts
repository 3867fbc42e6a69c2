import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, MapperkitError } from "@mapperkit/api";
import { exitCodeOf } from "./exit-code.ts";
import { isRetryable } from "./is-retryable.ts";

const cases: { code: ErrorCode; exit: number; retryable: boolean }[] = [
  { code: "invalid_input", exit: 2, retryable: false },
  { code: "unsupported", exit: 2, retryable: false },
  { code: "rejected", exit: 4, retryable: false },
  { code: "unreachable", exit: 3, retryable: true },
  { code: "timed_out", exit: 3, retryable: true },
  { code: "not_found", exit: 1, retryable: true },
  { code: "conflict", exit: 1, retryable: true },
  { code: "internal", exit: 1, retryable: true },
];
for (const { code, exit, retryable } of cases) {
  test(`${code} ends a command with ${exit} and is ${retryable ? "" : "not "}tried again`, () => {
    const error = new MapperkitError(code, "x");
    assert.equal(exitCodeOf(error), exit);
    assert.equal(isRetryable(error), retryable);
  });
}

test("any other error ends a command with 1 and is tried again", () => {
  assert.equal(exitCodeOf(new TypeError("x")), 1);
  assert.equal(exitCodeOf("x"), 1);
  assert.equal(isRetryable(new TypeError("x")), true);
});
