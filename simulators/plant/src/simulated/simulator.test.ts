import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDeviceModel } from "@mapperkit/api";
import { MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import fc from "fast-check";
import { oven, ovenSim, serveOven } from "../fixtures/oven.ts";
import { lineWire } from "../wire/line-wire.ts";
import { simPropertiesOf } from "./sim-model.ts";
import { defineSimulator } from "./simulator.ts";

const said: readonly (readonly [string, string])[] = [
  ["TEMP?", "20"],
  ["temperature?", "ERR unknown command"],
  ["setpoint?", "60"],
  ["setpoint 70", "OK"],
  ["setpoint 66", "ERR illegal value"],
  ["setpoint 91", "ERR illegal value"],
  ["setpoint", "ERR unknown command"],
  ["setpoint warm", "ERR illegal value"],
  ["door true", "OK"],
  ["door maybe", "ERR illegal value"],
  ["cycles?", "0"],
  ["cycles 4", "ERR read only"],
  ["label the left one", "OK"],
  ["key AQID", "OK"],
  ["", "ERR unknown command"],
];
for (const [line, answer] of said) {
  test(`"${line}" is answered with "${answer}"`, async () => {
    await using plantAt = await serveOvenDisposed();
    assert.equal(await plantAt.ask(line), answer);
  });
}

async function serveOvenDisposed() {
  const served = await serveOven();
  return { ...served, [Symbol.asyncDispose]: () => served.plant[Symbol.asyncDispose]() };
}

test("a write is held, shown, and noted in the order of writes", async () => {
  await using at = await serveOvenDisposed();
  await at.ask("label oven 7");
  await at.ask("key AQID");
  assert.equal(await at.ask("label?"), "oven 7");
  assert.equal(await at.ask("key?"), "AQID");
  assert.deepEqual(
    at.plant.writes.map(({ property, value }) => [property, value]),
    [
      ["label", "oven 7"],
      ["key", new Uint8Array([1, 2, 3])],
    ],
  );
  assert.equal(at.plant.readCount("label"), 1);
});

test("time moves it, the same way for the same seed", async () => {
  const run = async (seed: number) => {
    const { plant, clock } = await serveOven({ seed, ticks: true });
    await clock.advance(60_000);
    await plant[Symbol.asyncDispose]();
    return plant.get("temperature") as number;
  };
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  assert.equal(first, again);
  assert.notEqual(first, other);
  assert.ok(first > 55 && first < 70, `was ${first}`);
});

test("a disposed plant stands still and closes its port", async () => {
  const { plant, clock, client, dial } = await serveOven({ ticks: true });
  await plant[Symbol.asyncDispose]();
  await clock.advance(1000);
  assert.equal(plant.get("temperature"), 20);
  assert.ok(client.isClosed);
  await assert.rejects(dial(), { code: "unreachable" });
});

test("a manifest serves as model; what the state does not name has a value all the same", async () => {
  const model = parseDeviceModel({
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { name: "m", namespace: "default" },
    spec: {
      properties: [
        { name: "level", type: "INT", accessMode: "ReadWrite", maximum: "9" },
        { name: "power", type: "STRING" },
      ],
    },
  });
  const clock = new VirtualClock();
  const transports = new MemoryTransports();
  const sim = defineSimulator(model, { state: () => ({ power: "ON" }) });
  await using plant = await sim.serve({ over: "memory", transports, port: 1, clock });
  assert.deepEqual([plant.get("level"), plant.get("power")], [0, "ON"]);
  assert.throws(() => plant.get("nothing"), { code: "not_found" });
  plant.set("level", 4);
  assert.equal(plant.get("level"), 4);
});

test("a device may have words of its own, and a plant in memory needs transports", async () => {
  const clock = new VirtualClock();
  const transports = new MemoryTransports();
  const sim = defineSimulator(oven, {
    state: () => ({ setpoint: 40 }),
    line: (state, line) => (line === "HOTTER" ? `NOW ${++state.setpoint}` : undefined),
  });
  await using plant = await sim.serve({ over: "memory", transports, port: 1, clock });
  const stream = await transports.tcp({ host: "127.0.0.1", port: 1 });
  await stream.write(Buffer.from("HOTTER\r\nsetpoint?\r\n"));
  await clock.advance(0);
  const { value } = await stream.read()[Symbol.asyncIterator]().next();
  assert.equal(Buffer.from(value ?? []).toString(), "NOW 41\n");
  assert.equal(plant.get("setpoint"), 41);
  await assert.rejects(ovenSim.serve({ over: "memory" }), { code: "invalid_input" });
});

test("two units share a bus, each with its own state; a number is taken once", async () => {
  const { plant, clock } = await serveOven();
  await using second = await ovenSim.serve({ over: plant.bus, unit: 2, clock });
  second.set("setpoint", 33);
  assert.equal(plant.get("setpoint"), 60);
  await assert.rejects(ovenSim.serve({ over: plant.bus, unit: 2, clock }), { code: "conflict" });
});

test("any bytes, cut anywhere, are answered line by line and never throw", () => {
  const panel = {
    read: () => ({ value: 1, quality: "Good" as const }),
    write: () => undefined,
  };
  const wire = lineWire({ properties: simPropertiesOf(oven) });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
      const decode = wire.open(new VirtualClock(0));
      for (const chunk of chunks) {
        for (const request of decode(chunk)) {
          assert.ok(
            Buffer.from(request.respond(panel) ?? [])
              .toString()
              .endsWith("\n"),
          );
        }
      }
    }),
  );
});
