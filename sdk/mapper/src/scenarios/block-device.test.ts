import assert from "node:assert/strict";
import { test } from "node:test";
import { announceRegisters, createRegisterWorld } from "../fixtures/register-world.ts";

const UNIT = "default/unit-1";
const H = "holdingRegister";

test("properties are read in as few requests as the limits allow, and decoded", async () => {
  const device = announceRegisters(1, [
    { name: "temperature", type: "DOUBLE", at: { address: 0, dataType: "int16", scale: 0.1 } },
    { name: "flow", type: "DOUBLE", at: { address: 4, dataType: "float32" } },
    { name: "total", at: { address: 10, dataType: "uint64" } },
    { name: "far", at: { address: 500, dataType: "uint16" } },
    { name: "door", type: "BOOLEAN", at: { space: "coil", address: 3, dataType: "boolean" } },
  ]);
  const { world, bus, link, clock } = await createRegisterWorld([device], {
    prepare(bus) {
      bus.set(1, H, 0, 0xffff - 50 + 1);
      bus.set(1, H, 4, 0x41a4);
      for (const i of [10, 11, 12, 13]) bus.set(1, H, i, 0xffff);
      bus.set(1, "coil", 3, 1);
    },
  });
  await using _ = world;
  await clock.advance(1500);
  const before = bus.reads.length;
  await clock.advance(1000);
  const round = bus.reads.slice(before).map(({ space, start, length }) => [space, start, length]);
  assert.deepEqual(
    round.toSorted(),
    [
      ["coil", 3, 1],
      [H, 0, 14],
      [H, 500, 1],
    ].toSorted(),
  );
  const shown = ["temperature", "flow", "total", "door"].map(
    (name) => link.twin(UNIT, name)?.actual?.value,
  );
  assert.deepEqual(shown, ["-5", "20.5", "18446744073709551615", "true"]);
});

test("a write goes through the form on the wire; what it cannot hold is refused before a byte leaves", async () => {
  const device = announceRegisters(1, [
    {
      name: "setpoint",
      type: "DOUBLE",
      at: { address: 7, dataType: "int16", scale: 0.1, verify: "readback" },
    },
    { name: "level", at: { address: 8, dataType: "uint16" } },
  ]);
  const { world, bus, link, clock } = await createRegisterWorld([device]);
  await using _ = world;
  link.setDesired(UNIT, "setpoint", "20.04", 2);
  link.setDesired(UNIT, "level", "70000", 2);
  await clock.advance(3000);
  assert.equal(bus.get(1, H, 7), 200);
  const { outcome, actual } = link.twin(UNIT, "setpoint") ?? {};
  assert.deepEqual([actual?.value, outcome?.phase, outcome?.reason], ["20", "Applied", "ReadBack"]);
  const refused = link.twin(UNIT, "level")?.outcome;
  assert.deepEqual([refused?.phase, refused?.reason], ["Rejected", "OutOfRange"]);
  assert.match(refused?.message ?? "", /level.*70000.*0 to 65535/);
  assert.equal(bus.writes.length, 1);
});

test("a bit is written by read-modify-write, and its neighbours stay", async () => {
  const bit = (name: string, at: number) => {
    return { name, type: "BOOLEAN", at: { address: 5, dataType: "boolean", bit: at } } as const;
  };
  const device = announceRegisters(1, [bit("low", 0), bit("high", 15)]);
  const { world, bus, link, clock } = await createRegisterWorld([device], {
    maxInFlight: 4,
    prepare: (bus) => {
      bus.latencyMs = 20;
      bus.set(1, H, 5, 0x0ff0);
    },
  });
  await using _ = world;
  await clock.advance(100);
  link.setDesired(UNIT, "low", "true", 2);
  link.setDesired(UNIT, "high", "true", 2);
  await clock.advance(2000);
  assert.equal(bus.get(1, H, 5), 0x8ff1);
  assert.equal(link.twin(UNIT, "high")?.outcome?.phase, "Applied");
});

test("arrays and structs are one value, desired as JSON", async () => {
  const device = announceRegisters(1, [
    { name: "curve", type: "STRING", at: { address: 0, dataType: "int16", arrayLength: 3 } },
    {
      name: "phase",
      type: "STRING",
      at: { address: 10, dataType: "bytes", fields: "volts:uint16@0,on:boolean@2", byteLength: 4 },
    },
  ]);
  const { world, bus, link, clock } = await createRegisterWorld([device]);
  await using _ = world;
  bus.set(1, H, 10, 230);
  link.setDesired(UNIT, "curve", "[1, -2, 3]", 2);
  await clock.advance(2500);
  assert.equal(link.twin(UNIT, "curve")?.actual?.value, "[1,-2,3]");
  assert.equal(link.twin(UNIT, "curve")?.outcome?.phase, "Applied");
  assert.equal(link.twin(UNIT, "phase")?.actual?.value, '{"volts":230,"on":false}');
  assert.equal(bus.writes.length, 1);
});

test("a sentinel is Bad, never a number", async () => {
  const at = { address: 0, dataType: "int16", scale: 0.1, invalid: "0x7fff" };
  const device = announceRegisters(1, [{ name: "t", type: "DOUBLE", at }]);
  const { world, bus, link, clock } = await createRegisterWorld([device]);
  await using _ = world;
  bus.set(1, H, 0, 215);
  await clock.advance(1100);
  bus.set(1, H, 0, 0x7fff);
  await clock.advance(1100);
  const { actual } = link.twin(UNIT, "t") ?? {};
  const { quality, reason } = actual?.metadata ?? {};
  assert.deepEqual([actual?.value, quality, reason], ["21.5", "Bad", "sensorFault"]);
  assert.equal(link.state(UNIT), "online");
});

test("an address that the device refuses costs its neighbours nothing", async () => {
  const properties = [0, 1, 2].map((address) => ({
    name: `p${address}`,
    at: { address, dataType: "uint16" },
  }));
  const { world, link, clock } = await createRegisterWorld([announceRegisters(1, properties)], {
    prepare(bus) {
      bus.set(1, H, 0, 7);
      bus.set(1, H, 2, 9);
      bus.missing.add(1);
    },
  });
  await using _ = world;
  await clock.advance(2500);
  assert.equal(link.twin(UNIT, "p0")?.actual?.value, "7");
  assert.equal(link.twin(UNIT, "p2")?.actual?.value, "9");
  const { value, metadata } = link.twin(UNIT, "p1")?.actual ?? {};
  assert.deepEqual([value, metadata?.quality, metadata?.reason], ["", "Bad", "illegalAddress"]);
  assert.equal(link.state(UNIT), "online");
});

test("mistakes are refused before the first request, by name; the other properties run", async () => {
  const device = announceRegisters(1, [
    { name: "good", at: { address: 0, dataType: "uint16" } },
    { name: "none", at: { dataType: "uint16" } },
    { name: "odd", at: { address: 1, dataType: "int17" } },
    { name: "far", at: { address: 905, dataType: "uint16" } },
    { name: "clash", at: { address: 20, dataType: "uint32" } },
    { name: "clashing", at: { address: 21, dataType: "uint16" } },
    { name: "space", at: { space: "drum", address: 1, dataType: "uint16" } },
    { name: "long", type: "STRING", at: { address: 200, dataType: "string", byteLength: 300 } },
  ]);
  const { world, bus, link, clock } = await createRegisterWorld([device]);
  await using _ = world;
  for (const name of ["none", "odd", "far", "clashing", "space"]) {
    link.setDesired(UNIT, name, "1", 2);
  }
  link.setDesired(UNIT, "long", "x", 2);
  await clock.advance(2500);
  const told = (name: string) => link.twin(UNIT, name)?.outcome;
  const reasons = ["none", "odd", "far", "clashing", "space", "long"].map((n) => told(n)?.reason);
  assert.deepEqual(reasons, [
    "InvalidVisitor",
    "InvalidVisitor",
    "NeverRead",
    "OverlappingRegisters",
    "UnknownSpace",
    "TooLong",
  ]);
  for (const name of ["none", "odd", "far", "clashing", "space", "long"]) {
    assert.equal(told(name)?.phase, "Rejected");
    assert.match(told(name)?.message ?? "", new RegExp(`spec\\.properties\\[${name}\\]`));
  }
  assert.equal(link.twin(UNIT, "good")?.actual?.value, "0");
  assert.deepEqual([...new Set(bus.reads.map(({ start }) => start))], [0, 20]);
});

test("one property of a thousand is edited: its own request changes, the session stays", async () => {
  const properties = Array.from({ length: 1000 }, (_, i) => ({
    name: `p${i}`,
    at: { address: 1000 + i * 4, dataType: "uint16" },
  }));
  const { world, bus, link, clock } = await createRegisterWorld([announceRegisters(1, properties)]);
  await using _ = world;
  await clock.advance(1500);
  const keys = (from: number) =>
    new Set(bus.reads.slice(from).map((r) => `${r.start}+${r.length}`));
  const start = bus.reads.length;
  await clock.advance(1000);
  const before = keys(start);
  const edited = properties.map((p, i) =>
    i === 500 ? { ...p, at: { ...p.at, address: 3001 } } : p,
  );
  link.announce(announceRegisters(1, edited));
  await clock.advance(1500);
  const middle = bus.reads.length;
  await clock.advance(1000);
  const after = keys(middle);
  const changed = [...after].filter((key) => !before.has(key));
  assert.ok(changed.length <= 2, `${changed.length} of ${after.size} requests changed`);
  assert.equal(bus.opened, 1);
});
