import assert from "node:assert/strict";
import { test } from "node:test";
import { defineModel } from "@mapperkit/api";
import { createRandom, MemoryTransports, VirtualClock } from "@mapperkit/runtime";
import { LineDevice } from "../fixtures/line-device.ts";
import { lineMapper } from "../fixtures/line-mapper.ts";
import { RegisterBus, registerMapper } from "../fixtures/register-bus.ts";

const H = "holdingRegister";
const oven = defineModel("oven", {
  temperature: { type: "int16", scale: 0.1, visitors: { address: 0 } },
  setpoint: {
    type: "int16",
    scale: 0.1,
    accessMode: "ReadWrite",
    minimum: 20,
    maximum: 90,
    visitors: { address: 1 },
  },
  cycles: { type: "uint64", accessMode: "ReadWrite", visitors: { address: 4 } },
  doors: { type: "uint16", arrayLength: 2, visitors: { address: 10 } },
  secret: { type: "uint16", accessMode: "WriteOnly", visitors: { address: 20 } },
});

async function openOven(config: object = { unit: 1 }) {
  const clock = new VirtualClock(1_000_000);
  const bus = new RegisterBus(clock);
  bus.take(10);
  const random = createRandom(1);
  const device = await registerMapper(bus).open(oven, config, { clock, random });
  /** Lets time pass until it settles. */
  const within = async <T>(work: PromiseLike<T>, ms = 3000): Promise<T> => {
    work.then(undefined, () => undefined);
    await clock.advance(ms);
    return await work;
  };
  return { clock, bus, device, within, close: () => within(device[Symbol.asyncDispose]()) };
}

test("a program reads and writes a device without an edge, in the types of its model", async () => {
  const { bus, device, within, close } = await openOven();
  bus.set(1, H, 0, 215);
  for (const [i, word] of [0xffff, 0xffff, 0xffff, 0xfffe].entries()) bus.set(1, H, 4 + i, word);
  bus.set(1, H, 11, 3);
  const { value, quality } = await within(device.read("temperature"));
  assert.deepEqual([value, quality], [21.5, "Good"]);
  assert.equal((await within(device.read("cycles"))).value, 0xfffffffffffffffen);
  assert.deepEqual((await within(device.read("doors"))).value, [0, 3]);
  assert.equal(device.state, "Online");
  const { phase, reported } = await within(device.write("setpoint", 70.5));
  assert.deepEqual([phase, reported?.value], ["Applied", 70.5]);
  assert.equal(bus.get(1, H, 1), 705);
  const refused = await within(device.write("setpoint", 91));
  assert.deepEqual([refused.phase, refused.reason], ["Rejected", "OutOfRange"]);
  await close();
  assert.equal(device.state, "Stopped");
  await assert.rejects(device.read("temperature"), { code: "unreachable" });
});

test("a read asks the device at that moment, and what it does not answer is Bad or in vain", async () => {
  const { clock, bus, device, within, close } = await openOven();
  await clock.advance(1500);
  bus.set(1, H, 0, 300);
  const before = bus.reads.length;
  assert.equal((await within(device.read("temperature"), 50)).value, 30);
  assert.equal(bus.reads.length, before + 1);
  bus.missing.add(0);
  const { quality, reason } = await within(device.read("temperature"));
  assert.deepEqual([quality, reason], ["Bad", "illegalAddress"]);
  bus.silent.add(1);
  await clock.advance(20_000);
  assert.equal(device.state, "Offline");
  await assert.rejects(within(device.read("setpoint", { withinMs: 1000 })), { code: "timed_out" });
  const { phase } = await within(device.write("setpoint", 30, { withinMs: 1000 }));
  assert.equal(phase, "Pending");
  await assert.rejects(device.read("secret" as "cycles"), { code: "unsupported" });
  await assert.rejects(device.read("colour" as "cycles"), { code: "not_found" });
  await close();
});

test("samples are watched one by one; its plan tells requests and their cost", async () => {
  const { clock, bus, device, close } = await openOven();
  const stop = new AbortController();
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const { value } of device.watch("temperature", stop.signal)) seen.push(value);
  })();
  for (const word of [1, 2, 2]) {
    bus.set(1, H, 0, word * 10);
    await clock.advance(1000);
  }
  stop.abort();
  await watching;
  assert.deepEqual(seen.slice(-3), [1, 2, 2]);
  const { requests, utilisation = 1 } = device.plan();
  assert.deepEqual(requests.flatMap(({ properties }) => properties).sort(), [
    ...["cycles", "doors", "setpoint", "temperature"],
  ]);
  assert.ok(utilisation < 1);
  await close();
});

test("a device that cannot be worked is refused with all that is wrong", async () => {
  await assert.rejects(openOven({ unit: "one" }), {
    code: "invalid_input",
    message: /^spec\.protocol\.configData\.unit: .*number/,
  });
});

test("a mapper of any size can be opened; the compiler knows names, directions and types", async () => {
  const clock = new VirtualClock(1_000_000);
  const transports = new MemoryTransports();
  const plant = new LineDevice(transports, 1);
  const options = { clock, transports, random: createRandom(1) };
  const lamp = defineModel("lamp", {
    power: { type: "string", accessMode: "ReadWrite" },
    heat: { type: "float64" },
  });
  const device = await lineMapper.open(lamp, { port: 1 }, options);
  await clock.advance(100);
  assert.equal(device.state, "Offline");
  plant.powerOn();
  await clock.advance(5000);
  const edit = device.write("power", "ON");
  await clock.advance(2000);
  assert.equal((await edit).phase, "Applied");
  const use = async () => {
    // @ts-expect-error there is no such property
    await device.read("colour");
    // @ts-expect-error the heat is the device's own
    await device.write("heat", 1);
    // @ts-expect-error a switch is a text
    await device.write("power", 70);
  };
  assert.equal(typeof use, "function");
  const closed = device[Symbol.asyncDispose]();
  await clock.advance(3000);
  await closed;
});
