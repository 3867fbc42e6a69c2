import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageBudget } from "./message-budget.ts";

test("a burst of two seconds is free, then each message costs its time", () => {
  const budget = new MessageBudget(100, 0);
  assert.equal(budget.spend(200, 0), 0);
  assert.equal(budget.spend(10, 0), 100);
  assert.equal(budget.spend(0, 100), 0);
  assert.equal(budget.spend(1, 100), 10);
});

test("what was not used is kept for two seconds only", () => {
  const budget = new MessageBudget(100, 0);
  assert.equal(budget.spend(200, 1e9), 0);
  assert.equal(budget.spend(1, 1e9), 10);
});
