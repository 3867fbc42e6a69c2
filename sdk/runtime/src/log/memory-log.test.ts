import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLog } from "./memory-log.ts";
import { silentLog } from "./silent-log.ts";

test("remembers entries of itself and its children in order, with all fields", () => {
  const log = new MemoryLog();
  log.info("started", { port: 1 });
  log.child({ device: "a" }).child({ property: "p" }).warn("slow");
  assert.deepEqual(log.entries, [
    { level: "info", message: "started", fields: { port: 1 } },
    { level: "warn", message: "slow", fields: { device: "a", property: "p" } },
  ]);
});

test("the silent log takes everything and says nothing", () => {
  silentLog.child({ device: "a" }).error("x", { error: new Error("y") });
});
