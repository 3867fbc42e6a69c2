import assert from "node:assert/strict";
import { test } from "node:test";
import { Subscriptions } from "./subscriptions.ts";
import { matchesFilter } from "./topic-filter.ts";

const cases: [filter: string, topic: string, isMatch: boolean][] = [
  ["a/b", "a/b", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["#", "a/b", true],
  ["#", "$hw/events", false],
  ["+/events", "$hw/events", false],
  ["$hw/+", "$hw/events", true],
  ["a/+/c", "a//c", true],
];
for (const [filter, topic, isMatch] of cases) {
  test(`${filter} ${isMatch ? "matches" : "does not match"} ${topic}`, () => {
    assert.equal(matchesFilter(filter, topic), isMatch);
  });
}

const LONG = "$hw/events/device/default/lamp/twin/update/document";
const BARE = "$hw/events/device/lamp/twin/update/document";
const forms: [filter: string, isBareWanted: boolean][] = [
  [BARE, true],
  ["$hw/events/device/+/twin/update/document", true],
  ["$hw/events/device/lamp/#", true],
  [LONG, false],
  ["$hw/events/device/+/+/twin/update/document", false],
  ["$hw/events/device/#", false],
  ["$hw/events/device/+/#", false],
];
for (const [filter, isBareWanted] of forms) {
  test(`a subscriber of ${filter} ${isBareWanted ? "wants" : "does not want"} the bare form`, () => {
    const subscriptions = new Subscriptions<string>();
    subscriptions.add("client", filter, 1);
    assert.equal(subscriptions.wantsBeside(BARE, LONG), isBareWanted);
    subscriptions.remove("client", filter);
    assert.equal(subscriptions.wantsBeside(BARE, LONG), false);
  });
}

test("a filter counts until its last client is gone", () => {
  const subscriptions = new Subscriptions<string>();
  for (const client of ["a", "a", "b"]) subscriptions.add(client, BARE, 1);
  subscriptions.remove("a", BARE);
  assert.equal(subscriptions.wantsBeside(BARE, LONG), true);
  subscriptions.remove("b", BARE);
  assert.equal(subscriptions.wantsBeside(BARE, LONG), false);
});
