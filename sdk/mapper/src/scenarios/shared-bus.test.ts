import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegisterBus } from "../fixtures/register-bus.ts";
import { announceRegisters, createRegisterWorld } from "../fixtures/register-world.ts";

const tens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const deviceOf = (unit: number, collectCycle = 1000) =>
  announceRegisters(unit, [
    { name: "level", collectCycle, at: { address: 0, dataType: "uint16" } },
  ]);

/** Reads of each unit during ten minutes on a bus that takes 20 ms for a request. */
async function readsOfTenMinutes(silent: number | undefined) {
  const { world, bus, link, clock } = await createRegisterWorld(
    tens.map((unit) => deviceOf(unit)),
    {
      prepare(bus) {
        bus.latencyMs = 20;
        if (silent !== undefined) bus.silent.add(silent);
      },
    },
  );
  await using _ = world;
  await clock.advance(600_000);
  const count = (unit: number) => bus.reads.filter((read) => read.unit === unit).length;
  const states = new Map(tens.map((unit) => [unit, link.state(`default/unit-${unit}`)]));
  return { counts: new Map(tens.map((unit) => [unit, count(unit)])), opened: bus.opened, states };
}

test("one dead unit of ten costs the others at most 5 % of their rate, and not the session", async () => {
  const sound = await readsOfTenMinutes(undefined);
  const one = await readsOfTenMinutes(4);
  for (const unit of tens.filter((unit) => unit !== 4)) {
    const [without, beside] = [sound.counts.get(unit) ?? 0, one.counts.get(unit) ?? 0];
    assert.ok(beside >= 0.95 * without, `unit ${unit}: ${beside} of ${without} reads`);
    assert.equal(one.states.get(unit), "online");
  }
  assert.equal(one.states.get(4), "offline");
  assert.ok((one.counts.get(4) ?? 0) >= 10, "the dead unit is still probed");
  assert.equal(one.opened, 1, "a silent unit does not drop the session");
});

for (const [what, connectMs, maxInFlight] of [
  ["opened in 5 ms", 5, 1],
  ["opened in 200 ms", 200, 1],
  ["with four requests in flight", 5, 4],
] as const) {
  test(`a unit that makes the device close the connection leaves the others 95 %, ${what}`, async () => {
    const count = async (dropping: readonly number[]) => {
      const devices = [4, 1, 2, 3, 5].map((unit) => deviceOf(unit, 500));
      const prepare = (bus: RegisterBus) => {
        bus.take(10);
        bus.connectMs = connectMs;
        for (const unit of dropping) bus.dropping.add(unit);
      };
      const { world, bus, link, clock } = await createRegisterWorld(devices, {
        ...{ maxInFlight, prepare },
      });
      await using _ = world;
      await clock.advance(120_000);
      const begin = bus.reads.length;
      await clock.advance(60_000);
      const reads = bus.reads.slice(begin);
      const ofUnit = (unit: number) => reads.filter((read) => read.unit === unit).length;
      const states = new Map(tens.map((unit) => [unit, link.state(`default/unit-${unit}`)]));
      return { ofUnit, states, probes: bus.reads.filter(({ unit }) => unit === 4).length };
    };
    const [alone, beside] = [await count([]), await count([4])];
    for (const unit of [1, 2, 3, 5]) {
      const [without, kept] = [alone.ofUnit(unit), beside.ofUnit(unit)];
      assert.ok(kept >= 0.95 * without, `unit ${unit}: ${kept} of ${without} reads`);
      assert.equal(beside.states.get(unit), "online");
    }
    assert.equal(beside.states.get(4), "offline");
    assert.ok(beside.probes >= 5, `${beside.probes} probes of the unit that drops`);
  });
}

test("a unit that closed the connection is found when it is well again, and so are all after an outage", async () => {
  const units = [1, 2, 3];
  const { world, bus, link, clock } = await createRegisterWorld(
    units.map((unit) => deviceOf(unit)),
  );
  await using _ = world;
  bus.dropping.add(2);
  await clock.advance(120_000);
  assert.equal(link.state("default/unit-2"), "offline");
  bus.dropping.clear();
  await clock.advance(31_000);
  assert.equal(link.state("default/unit-2"), "online");
  for (const unit of units) bus.dropping.add(unit);
  await clock.advance(60_000);
  for (const unit of units) assert.equal(link.state(`default/unit-${unit}`), "offline");
  bus.dropping.clear();
  await clock.advance(31_000);
  for (const unit of units) assert.equal(link.state(`default/unit-${unit}`), "online");
});

test("a unit that comes back is found by its probe and read at once", async () => {
  const { world, bus, link, clock } = await createRegisterWorld([deviceOf(1), deviceOf(2)]);
  await using _ = world;
  bus.silent.add(2);
  await clock.advance(120_000);
  assert.equal(link.state("default/unit-2"), "offline");
  bus.silent.clear();
  await clock.advance(61_000);
  assert.equal(link.state("default/unit-2"), "online");
});

test("a session of which no unit answers any more is opened anew", async () => {
  const { world, bus, link, clock } = await createRegisterWorld([deviceOf(1), deviceOf(2)]);
  await using _ = world;
  await clock.advance(5000);
  bus.silent.add(1).add(2);
  await clock.advance(10_000);
  assert.ok(bus.opened > 1);
  bus.silent.clear();
  await clock.advance(91_000);
  assert.equal(link.state("default/unit-1"), "online");
  assert.equal(link.state("default/unit-2"), "online");
});

test("a write goes before the polls that wait for the bus", async () => {
  const properties = Array.from({ length: 20 }, (_, i) => ({
    name: `p${i}`,
    collectCycle: 100,
    at: { address: i * 100, dataType: "uint16" },
  }));
  const { world, bus, link, clock } = await createRegisterWorld(
    [announceRegisters(1, properties), announceRegisters(2, properties)],
    { prepare: (bus) => bus.take(50) },
  );
  await using _ = world;
  await clock.advance(5025);
  const asked = clock.now();
  link.setDesired("default/unit-1", "p19", "7", 2);
  await clock.advance(2000);
  const [write] = bus.writes;
  assert.ok(write && write.at - asked <= 100, `after ${(write?.at ?? 0) - asked} ms`);
});

test("polls keep to multiples of their cycle; an overrun skips and does not queue up", async () => {
  const { world, bus, clock } = await createRegisterWorld([deviceOf(1, 1000)], {
    prepare: (bus) => bus.take(1700),
  });
  await using _ = world;
  await clock.advance(60_000);
  const times = bus.reads.slice(2).map(({ at }) => at);
  assert.ok(times.length >= 25 && times.length <= 31, `${times.length} reads`);
  assert.ok(times.every((at) => at % 1000 === 0));
});

test("where the device takes several requests at once it is given them", async () => {
  const properties = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
    name: `p${i}`,
    at: { address: i * 200, dataType: "uint16" },
  }));
  const run = async (maxInFlight: number) => {
    const { world, bus, clock } = await createRegisterWorld([announceRegisters(1, properties)], {
      maxInFlight,
      prepare: (bus) => bus.take(10),
    });
    await using _ = world;
    await clock.advance(5000);
    return bus.maxSeenInFlight;
  };
  assert.deepEqual([await run(1), await run(4)], [1, 4]);
});

test("the bus is left silent after each request where it needs that", async () => {
  const { world, bus, clock } = await createRegisterWorld([deviceOf(1), deviceOf(2), deviceOf(3)], {
    pauseBetweenMs: 30,
  });
  await using _ = world;
  await clock.advance(5000);
  const times = bus.reads.map(({ at }) => at);
  assert.ok(times.every((at, i) => i === 0 || at - (times[i - 1] ?? 0) >= 30));
});

/** A device with its own keys of configData beside the unit. */
function deviceWith(unit: number, keys: Record<string, unknown>, count = 1) {
  const properties = Array.from({ length: count }, (_, i) => {
    return { name: `p${i}`, collectCycle: 1000, at: { address: i * 50, dataType: "uint16" } };
  });
  const device = announceRegisters(unit, properties);
  Object.assign(device.device.spec?.protocol?.configData ?? {}, keys);
  return device;
}

test("a bus does as its most delicate device needs: pauses, and requests in flight", async () => {
  const { world, bus, link, clock } = await createRegisterWorld(
    [deviceWith(1, { inFlight: 4 }, 4), deviceWith(2, { pauseMs: 30 }, 2)],
    { prepare: (bus) => bus.take(20) },
  );
  await using _ = world;
  await clock.advance(5000);
  assert.equal(bus.maxSeenInFlight, 1);
  const gaps = bus.requests.slice(1).map(({ at }, i) => at - (bus.requests[i]?.at ?? 0));
  assert.ok(Math.min(...gaps) >= 50, `${Math.min(...gaps)} ms from request to request`);
  link.remove("default/unit-2");
  await clock.advance(3000);
  assert.equal(bus.maxSeenInFlight, 4, "those that are left need no such care");
});

test("a serial line takes no more devices than it has time for; one that leaves makes room", async () => {
  // A request with its answer takes 97 ms at 2,400 baud: four of them in each second are 39 %.
  const line = { baudRate: 2400 };
  const units = [1, 2, 3].map((unit) => deviceWith(unit, line, 4));
  const { world, link, clock } = await createRegisterWorld(units);
  await using _ = world;
  await clock.advance(5000);
  const states = () => [1, 2, 3].map((unit) => link.state(`default/unit-${unit}`));
  assert.deepEqual(states(), ["online", "online", "offline"]);
  const { outcome } = link.twin("default/unit-3", "p0") ?? {};
  assert.deepEqual([outcome?.phase, outcome?.reason], ["Rejected", "BusOverload"]);
  assert.match(outcome?.message ?? "", /collectCycle asks for \d+ % of the bus with 4 requests/);
  link.remove("default/unit-1");
  await clock.advance(5000);
  assert.equal(link.state("default/unit-3"), "online");
  assert.equal(link.twin("default/unit-3", "p0")?.outcome?.reason, "Accepted");
});

test("a device whose bus is slower than its cycles still reports all that is read", async () => {
  const names = tens.map((n) => `level-${n}`);
  const device = announceRegisters(
    1,
    names.map((name, index) => ({
      name,
      collectCycle: 20,
      at: { address: index * 500, dataType: "uint16" },
    })),
  );
  const { world, bus, link, clock } = await createRegisterWorld([device], {
    prepare(bus) {
      bus.latencyMs = 40;
    },
  });
  await using _ = world;
  await clock.advance(5000);
  tens.forEach((n, index) => {
    bus.set(1, "holdingRegister", index * 500, n);
  });
  await clock.advance(5000);
  const shown = names.map((name) => link.twin("default/unit-1", name)?.actual?.value);
  assert.deepEqual(shown, tens.map(String));
});
