import assert from "node:assert/strict";
import { test } from "node:test";
import { announceRegisters, createRegisterWorld } from "../fixtures/register-world.ts";

const ten = Array.from({ length: 10 }, (_, address) => ({
  name: `p${address}`,
  collectCycle: 1000,
  at: { address, dataType: "uint16" },
}));

async function createTen(...missing: number[]) {
  const scene = await createRegisterWorld([announceRegisters(1, ten)], {
    prepare: (bus) => missing.map((address) => bus.missing.add(address)),
  });
  const { bus, clock } = scene;
  /** What is asked in one cycle. */
  const cycle = async () => {
    const before = bus.reads.length;
    await clock.advance(1000);
    return bus.reads.slice(before).map(({ start, length }) => `${start}+${length}`);
  };
  return { ...scene, cycle };
}

test("one address that a device refuses parts its block in two, and is asked for by itself", async () => {
  const { world, link, clock, cycle } = await createTen(5);
  await using _ = world;
  await clock.advance(20_000);
  assert.deepEqual((await cycle()).sort(), ["0+5", "5+1", "6+4"]);
  assert.equal(link.twin("default/unit-1", "p5")?.actual?.metadata?.reason, "illegalAddress");
  assert.equal(link.twin("default/unit-1", "p6")?.actual?.metadata?.quality, "Good");
});

test("a refusal that passes, as of a device that is busy, leaves the block whole", async () => {
  const { world, bus, clock, cycle } = await createTen();
  await using _ = world;
  await clock.advance(3000);
  assert.deepEqual(await cycle(), ["0+10"]);
  bus.missing.add(3);
  await clock.advance(1000);
  bus.missing.clear();
  await clock.advance(5000);
  assert.deepEqual(await cycle(), ["0+10"]);
});

test("an address that a device has again is taken back into its block", async () => {
  const { world, bus, clock, cycle } = await createTen(5);
  await using _ = world;
  await clock.advance(20_000);
  bus.missing.clear();
  await clock.advance(20_000);
  assert.deepEqual(await cycle(), ["0+10"]);
});

test("what lies on the same address as a refused property is read on", async () => {
  const bits = [0, 1].map((bit) => ({
    name: `bit${bit}`,
    type: "BOOLEAN" as const,
    access: "ReadOnly" as const,
    at: { address: 5, dataType: "boolean", bit },
  }));
  const device = announceRegisters(1, [...ten.slice(0, 5), ...bits]);
  const { world, bus, link, clock } = await createRegisterWorld([device], {
    prepare: (bus) => bus.missing.add(5),
  });
  await using _ = world;
  await clock.advance(20_000);
  bus.missing.clear();
  bus.set(1, "holdingRegister", 5, 2);
  await clock.advance(20_000);
  const shown = ["bit0", "bit1"].map((name) => link.twin("default/unit-1", name)?.actual?.value);
  assert.deepEqual(shown, ["false", "true"]);
});

test("a block that a gap spoils is tried less and less often", async () => {
  const apart = ten.filter(({ name }) => name !== "p5");
  const { world, bus, clock } = await createRegisterWorld([announceRegisters(1, apart)], {
    prepare: (bus) => bus.missing.add(5),
  });
  await using _ = world;
  await clock.advance(300_000);
  const joint = bus.reads.filter(({ length }) => length > 1);
  assert.ok(joint.length < 12, `${joint.length} joint requests in 300 cycles`);
});
