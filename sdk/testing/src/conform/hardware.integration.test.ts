import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "@mapperkit/api";
import { lineMapper, oven, ovenSim } from "../fixtures/oven.ts";
import { assertConforms, conform } from "./conform.ts";

function deviceAt(port: number): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "oven", namespace: "default" },
    spec: {
      deviceModelRef: { name: "oven" },
      protocol: { protocolName: "oven-lines", configData: { host: "127.0.0.1", port } },
      properties: Object.keys(oven.properties).map((name) => ({ name, reportCycle: 500 })),
    },
  };
}

test("hardware is only read, unless something is allowed, and then only that is written", async () => {
  await using plant = await ovenSim.serve({ over: "tcp", ticks: false });
  plant.set("label", "as it was");
  const parts = { target: "hw", model: oven, device: deviceAt(plant.port) } as const;
  const only = ["connect-online", "read", "write", "verify", "bad-input", "shutdown-ends"];
  const readOnly = await conform(lineMapper, { ...parts, only });
  assertConforms(readOnly);
  assert.deepEqual(plant.writes, []);
  assert.ok(readOnly.passed >= 3, `passed ${readOnly.passed}`);

  const allowed = await conform(lineMapper, { ...parts, only: ["write"], allowWrite: ["label"] });
  assertConforms(allowed);
  assert.deepEqual([...new Set(plant.writes.map(({ property }) => property))], ["label"]);
  assert.ok(allowed.passed >= 2, `passed ${allowed.passed}`);
  assert.equal(plant.get("label"), "as it was", "it is put back");
});
