import assert from "node:assert/strict";
import { test } from "node:test";
import { defineModel, type PropertyDefinitions } from "@mapperkit/api";
import { MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { plausibleSimulator } from "./plausible-simulator.ts";

async function served(properties: PropertyDefinitions, { seed = 1, speed = 1 } = {}) {
  const clock = new VirtualClock(1_700_000_000_000);
  const transports = new MemoryTransports();
  const simulator = plausibleSimulator(defineModel("thing", properties));
  const over = "memory" as const;
  const plant = await simulator.serve({ over, transports, port: 1, clock, seed, speed });
  return { plant, clock };
}

const oven = {
  temperature: { type: "int16", scale: 0.1, unit: "Cel" },
  setpoint: {
    type: "int16",
    scale: 0.1,
    unit: "Cel",
    accessMode: "ReadWrite",
    minimum: 20,
    maximum: 250,
  },
  heating: { type: "boolean" },
  enabled: { type: "boolean", accessMode: "ReadWrite" },
  cycles: { type: "uint16" },
} as const satisfies PropertyDefinitions;

test("a temperature relaxes to the setpoint beside it, and heats meanwhile", async () => {
  await using world = await served(oven).then(disposable);
  world.plant.set("setpoint", 180);
  await world.clock.advance(5000);
  assert.equal(world.plant.get("heating"), true);
  await world.clock.advance(600_000);
  assert.ok(Math.abs(Number(world.plant.get("temperature")) - 180) < 1);
  assert.equal(world.plant.get("cycles"), 605);
  world.plant.set("enabled", false);
  await world.clock.advance(600_000);
  assert.ok(Number(world.plant.get("temperature")) < 30);
});

test("energy is the sum of the power beside it, never falls, and outlives a restart", async () => {
  const meter = {
    power: { type: "float32", unit: "kW" },
    energy: { type: "uint32", scale: 0.01, unit: "kW.h" },
  } as const;
  await using world = await served(meter).then(disposable);
  const before = Number(world.plant.get("energy"));
  await world.clock.advance(3_600_000);
  const after = Number(world.plant.get("energy"));
  assert.ok(after - before > 8 && after - before < 16, `${after - before} kWh in an hour of 12 kW`);
  world.plant.inject({ kind: "restart", for: "1s" });
  assert.equal(world.plant.get("energy"), after);
});

test("--speed 60 makes a minute of a second", async () => {
  const hours = { uptime: { type: "uint32", unit: "s" } } as const;
  await using world = await served(hours, { speed: 60 }).then(disposable);
  await world.clock.advance(10_000);
  assert.equal(world.plant.get("uptime"), 600);
});

test("equal seeds give equal plants, others do not", async () => {
  const climate = { humidity: { type: "float64", unit: "%" } } as const;
  const shown = [];
  for (const seed of [7, 7, 8]) {
    await using world = await served(climate, { seed }).then(disposable);
    await world.clock.advance(60_000);
    shown.push(world.plant.get("humidity"));
  }
  assert.equal(shown[0], shown[1]);
  assert.notEqual(shown[0], shown[2]);
});

test("whatever a model says, values stay within its bounds and its type", async () => {
  const bounds = fc
    .tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
    .map(([minimum, width]) => ({ minimum, maximum: minimum + width }));
  const property = fc.record({
    type: fc.constantFrom("int16", "float32", "int32", "float64"),
    unit: fc.constantFrom("Cel", "V", "W", "kW.h", "%", "parsec"),
    bounds,
    name: fc.constantFrom("temperature", "total", "energy", "uptime", "level"),
  });
  await fc.assert(
    fc.asyncProperty(property, async ({ type, unit, bounds: { minimum, maximum }, name }) => {
      const properties = { [name]: { type, unit, minimum, maximum } } as PropertyDefinitions;
      await using world = await served(properties).then(disposable);
      for (let hour = 0; hour < 3; hour += 1) {
        const value = Number(world.plant.get(name));
        assert.ok(value >= minimum && value <= maximum, `${value} of ${minimum} to ${maximum}`);
        await world.clock.advance(20_000);
      }
    }),
    { numRuns: 60 },
  );
});

function disposable<T extends { plant: AsyncDisposable }>(world: T): T & AsyncDisposable {
  return Object.assign(world, {
    [Symbol.asyncDispose]: async () => await world.plant[Symbol.asyncDispose](),
  });
}
