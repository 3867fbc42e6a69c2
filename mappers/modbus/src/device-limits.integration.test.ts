import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { coil, defineModel, discreteInput, holding, input } from "@mapperkit/api";
import { type BusOptions, serveBus } from "@mapperkit/sim-modbus";
import { defineSimulator } from "@mapperkit/sim-plant";
import { modbusConfig } from "./config/modbus-config.ts";
import { quirkProfiles } from "./config/quirk-profiles.ts";
import { runMapper, type TestProperty, valueIs } from "./testing/running-mapper.ts";
import { type SeenRequest, WatchedRequests } from "./testing/watched-requests.ts";

const bank = defineSimulator(
  defineModel("bank", {
    words: input(0, "uint16", { arrayLength: 200 }),
    settings: holding(0, "uint16", { arrayLength: 20 }),
    contacts: { ...discreteInput(0), arrayLength: 40 },
    lamps: { ...coil(0), arrayLength: 40 },
  }),
  {
    state: () => ({
      words: Array.from({ length: 200 }, (_, i) => i),
      settings: Array.from({ length: 20 }, () => 0),
      contacts: Array.from({ length: 40 }, (_, i) => i % 2 === 0),
      lamps: Array.from({ length: 40 }, () => false),
    }),
  },
);

async function watched(t: TestContext, options: Partial<BusOptions> = {}) {
  const bus = await serveBus({
    devices: [{ unit: 1, simulator: bank }],
    ticks: false,
    ...options,
  });
  const requests = new WatchedRequests(bus.port);
  t.after(async () => {
    await requests[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
  });
  return { bus, requests, port: await requests.listen(), ...runMapper(t) };
}

/** One property for each address. */
function each(space: string, addresses: readonly number[], type = "INT") {
  return Object.fromEntries(
    addresses.map((address): [string, TestProperty] => [
      `p${address}`,
      { type, configData: { space, address } },
    ]),
  );
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** Start and length of the different reads. */
const spansOf = (seen: readonly SeenRequest[], code: number) =>
  [
    ...new Set(seen.filter((one) => one.code === code).map((one) => `${one.start}+${one.count}`)),
  ].sort();

const INPUTS = 4;
const bears: [title: string, config: object, addresses: number[], spans: string[]][] = [
  ["nothing special", {}, range(0, 99), ["0+100"]],
  ["gaps of 8 are read over, longer ones not", {}, [0, 9, 19], ["0+10", "19+1"]],
  ["maxGap", { maxGap: 0 }, [0, 1, 3], ["0+2", "3+1"]],
  ["maxReadRegisters", { maxReadRegisters: 40 }, range(0, 99), ["0+20", "20+40", "60+40"]],
  ["a known device", { quirks: "eastron-sdm" }, range(0, 99), ["0+20", "20+80"]],
  [
    "a known device, but for one thing",
    { quirks: "eastron-sdm", maxReadRegisters: 50 },
    range(0, 99),
    ["0+50", "50+50"],
  ],
  ["neverRead", { neverRead: "2-3,5" }, [0, 1, 4, 6], ["0+2", "4+1", "6+1"]],
  ["oneRequestPerItem", { oneRequestPerItem: true }, [0, 1, 2], ["0+1", "1+1", "2+1"]],
];
for (const [title, config, addresses, spans] of bears) {
  test(`registers are read as the device bears it: ${title}`, async (t) => {
    const { port, announce, reported, requests } = await watched(t);
    announce("bank", { port, ...config }, each("inputRegister", addresses));
    for (const address of addresses) await reported("bank", `p${address}`, valueIs(`${address}`));
    assert.deepEqual(spansOf(requests.seen, INPUTS), spans);
  });
}

test("bits are read as the device bears it", async (t) => {
  const { port, announce, reported, requests } = await watched(t);
  announce("bank", { port, maxReadBits: 16 }, each("discreteInput", range(0, 39), "BOOLEAN"));
  await reported("bank", "p39", valueIs("false"));
  await reported("bank", "p38", valueIs("true"));
  assert.deepEqual(spansOf(requests.seen, 2), ["0+8", "24+16", "8+16"]);
});

test("every profile of a known device is a configuration", () => {
  for (const [quirks, profile] of Object.entries(quirkProfiles)) {
    const config = modbusConfig.parse({ quirks });
    for (const [key, value] of Object.entries(profile)) {
      assert.equal(config[key as keyof typeof config], value, `${quirks}.${key}`);
    }
  }
  assert.throws(() => modbusConfig.parse({ quirks: "no-such-device" }), /eastron-sdm/);
});

test("the silence that a gateway needs lies between two requests", async (t) => {
  const { port, announce, reported, requests } = await watched(t);
  const config = { port, pauseBetweenMs: 40, oneRequestPerItem: true };
  const properties = Object.entries(each("inputRegister", range(0, 9)));
  const slowly = properties.map(([name, property]) => [name, { ...property, collectCycle: 5000 }]);
  announce("bank", config, Object.fromEntries(slowly));
  const begin = performance.now();
  await reported("bank", "p9", valueIs("9"));
  // Nine silences of 40 ms lie before the tenth request.
  assert.ok(performance.now() - begin >= 9 * 36);
  assert.ok(requests.seen.length >= 10);
});

test("up to so many requests as the device bears are under way at once, each with its answer", async (t) => {
  const { port, announce, reported, requests } = await watched(t);
  const config = { port, maxInFlight: 16, oneRequestPerItem: true };
  announce("bank", config, each("inputRegister", range(0, 63)));
  for (const address of range(0, 63)) await reported("bank", `p${address}`, valueIs(`${address}`));
  assert.equal(new Set(requests.seen.map(({ start }) => start)).size, 64);
});

test("a property in another unit than its device's is read and written there", async (t) => {
  const devices = [1, 2].map((unit) => ({ unit, simulator: bank }));
  const { bus, port, announce, reported, link, requests } = await watched(t, { devices });
  announce(
    "pair",
    { port, unitId: 1 },
    {
      own: { type: "INT", configData: { space: "inputRegister", address: 7 } },
      theirs: {
        type: "INT",
        accessMode: "ReadWrite",
        configData: { space: "holdingRegister", address: 3, unitId: 2 },
      },
    },
  );
  link.setDesired("default/pair", "theirs", "55");
  await reported("pair", "own", valueIs("7"));
  await reported("pair", "theirs", valueIs("55"));
  assert.equal((bus.plant(2).get("settings") as number[])[3], 55);
  assert.equal((bus.plant(1).get("settings") as number[])[3], 0);
  assert.ok(requests.seen.every(({ unit, code }) => (code === INPUTS ? unit === 1 : unit === 2)));
});

test("a broadcast is written to every unit of a line, and none answers", async (t) => {
  const devices = [1, 2, 3].map((unit) => ({ unit, simulator: bank }));
  const bus = await serveBus({ devices, framing: "rtu", ticks: false });
  t.after(() => bus[Symbol.asyncDispose]());
  const { link, announce, reported } = runMapper(t);
  announce(
    "line",
    { transport: "rtu-over-tcp", port: bus.port, unitId: 1 },
    {
      word: { type: "INT", configData: { space: "inputRegister", address: 1 } },
      all: {
        type: "INT",
        accessMode: "ReadWrite",
        configData: { space: "holdingRegister", address: 4, broadcast: true, writeOnly: true },
      },
    },
  );
  await reported("line", "word", valueIs("1"));
  link.setDesired("default/line", "all", "12", 2);
  const { outcome } = await reported("line", "all", (twin) => twin.outcome?.phase === "Applied");
  assert.equal(outcome?.reason, "Acknowledged");
  for (const unit of [1, 2, 3]) {
    assert.equal((bus.plant(unit).get("settings") as number[])[4], 12, `unit ${unit}`);
  }
});
