import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { announceRegisters } from "../fixtures/register-world.ts";
import { explainPlan } from "./explain-plan.ts";

const serial = {
  protocol: "registers",
  config: z.object({ unit: z.number(), baudRate: z.number().default(9600) }),
  visitor: z.object({ address: z.number() }),
  connect: async () => 1,
  address: ({ address }: { address: number }, _: unknown, { unit }: { unit: number }) => {
    return { unit, space: "holdingRegister", start: address };
  },
  limits: () => ({ maxBlock: { holdingRegister: 125 } }),
  readBlock: async () => new Uint8Array(),
};

const property = (name: string, address: number, collectCycle = 1000) => {
  return { name, collectCycle, at: { address, dataType: "uint16" } };
};

test("requests, bytes, time on the bus and its share are told", () => {
  const device = announceRegisters(1, [property("a", 0), property("b", 1), property("c", 50, 500)]);
  const { requests, utilisation = 0, faults } = explainPlan(serial, device);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    requests.map(({ cycleMs, bytes, properties }) => [cycleMs, bytes, properties]),
    [
      [1000, 4, ["a", "b"]],
      [500, 2, ["c"]],
    ],
  );
  // 8 + 5 + 4 bytes of 10 bits at 9600 baud, two silences of 3.5 characters, 5 ms for the device.
  const timeMs = (17 * 10 + 2 * 35) / 9.6 + 5;
  assert.ok(Math.abs((requests[0]?.timeMs ?? 0) - timeMs) < 0.01);
  assert.ok(utilisation > 0.08 && utilisation < 0.1, `${utilisation}`);
});

test("more than the bus can carry is a fault that says so", () => {
  const properties = Array.from({ length: 40 }, (_, i) => property(`p${i}`, i * 10, 500));
  const { faults, utilisation } = explainPlan(serial, announceRegisters(1, properties));
  assert.ok((utilisation ?? 0) > 1);
  assert.equal(faults[0]?.reason, "BusOverload");
});

test("what is wrong with the device or a property is among the faults, and nothing is asked for it", () => {
  const bad = announceRegisters(1, [property("a", 0), property("b", -1)]);
  const { requests, faults } = explainPlan(serial, bad);
  assert.equal(requests.length, 1);
  assert.equal(faults[0]?.reason, "InvalidAddress");
  const { model: _, ...broken } = bad;
  assert.equal(explainPlan(serial, broken).faults[0]?.reason, "UnknownModel");
});
