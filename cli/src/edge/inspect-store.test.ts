import assert from "node:assert/strict";
import { test } from "node:test";
import { storeTable } from "./inspect-store.ts";

test("a store is a table with a row for each property, safe for a terminal", () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  const text = storeTable({
    node: "edge-1",
    devices: [
      { id: "default/bare", state: "", lastOnline: "", twins: {} },
      {
        id: "default/lamp",
        state: "online",
        lastOnline: "2026-01-02T03:04:05Z",
        twins: {
          level: {
            expected: { value: "5", timestamp: at },
            actual: { value: "", timestamp: at, quality: "Bad", reason: "timeout" },
            outcome: { phase: "Rejected", reason: "OutOfRange", message: "at most 4" },
          },
          power: { actual: { value: `\u001b[31m${"x".repeat(100)}`, timestamp: at } },
        },
      },
    ],
  });
  const lines = text.split("\n").map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines, [
    ["node edge-1"],
    [""],
    ["DEVICE", "STATE", "LAST ONLINE", "PROPERTY", "EXPECTED", "ACTUAL", "AT", "OUTCOME"],
    ["default/bare", "-", "-", "-", "-", "-", "-"],
    [
      ...["default/lamp", "online", "2026-01-02T03:04:05Z", "level", "5"],
      ...['"" (Bad: timeout)', "2026-01-02T03:04:05.006Z", "Rejected: at most 4"],
    ],
    [
      ...["", "power", "-"],
      ...[`\\u001b[31m${"x".repeat(35)}… (105 characters)`, "2026-01-02T03:04:05.006Z"],
    ],
  ]);
});
