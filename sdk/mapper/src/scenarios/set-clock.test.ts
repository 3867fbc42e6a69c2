import assert from "node:assert/strict";
import { test } from "node:test";
import { announceRegisters, createRegisterWorld } from "../fixtures/register-world.ts";

const HOUR_MS = 3_600_000;
const level = { name: "level", collectCycle: 1000, at: { address: 0, dataType: "uint16" } };

for (const [what, ms] of [
  ["back", -HOUR_MS],
  ["ahead", HOUR_MS],
] as const) {
  test(`a clock set ${what} by an hour neither stalls nor hastens polls, probes and read-backs`, async () => {
    const { world, bus, link, clock } = await createRegisterWorld([
      announceRegisters(1, [level]),
      announceRegisters(2, [level]),
    ]);
    await using _ = world;
    await clock.advance(5000);
    bus.silent.add(2);
    await clock.advance(60_000);
    clock.set(ms);
    const before = bus.reads.length;
    bus.silent.clear();
    await clock.advance(60_000);
    const reads = bus.reads.slice(before);
    const of = (unit: number) => reads.filter((read) => read.unit === unit).length;
    assert.equal(of(1), 60);
    assert.ok(of(2) > 0, "the dead unit is probed");
    assert.equal(link.state("default/unit-2"), "online");
    link.setDesired("default/unit-1", "level", "7");
    bus.set(1, "holdingRegister", 0, 9);
    await clock.advance(5000);
    const { outcome, actual } = link.twin("default/unit-1", "level") ?? {};
    assert.equal(outcome?.phase, "Applied");
    assert.equal(actual?.value, "7");
    const stamp = actual?.metadata?.timestamp ?? 0;
    assert.ok(Math.abs(stamp - clock.now()) < 5000, "samples bear the time of day");
  });
}
