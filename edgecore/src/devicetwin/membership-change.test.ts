import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import fc from "fast-check";
import { parseMembershipChange } from "./membership-change.ts";

test("the recorded message of a device that was added", () => {
  const change = parseMembershipChange({
    event_id: "62f25cca-bf3c-4e22-ae12-97df859b0ff6",
    timestamp: 1795370879796,
    added_devices: [{ id: "default/tap-1", name: "tap-1" }],
    removed_devices: null,
  });
  assert.deepEqual(change, {
    added: [{ id: "default/tap-1", name: "tap-1", description: "", twin: undefined }],
    removed: [],
    isExact: false,
  });
});

test("the full list is exact, also when it is empty", () => {
  assert.equal(parseMembershipChange({ devices: [] }).isExact, true);
});

test("bare ids of KubeEdge before 1.16 mean namespace default", () => {
  const { removed } = parseMembershipChange({ removed_devices: [{ id: "lamp", name: "lamp" }] });
  assert.deepEqual(removed, ["default/lamp"]);
});

test("anything else is refused as input, never with another error", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.string()), (value) => {
      try {
        parseMembershipChange(value);
      } catch (error) {
        assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
      }
    }),
  );
});
