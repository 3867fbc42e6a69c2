import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { parseDevice, parseDeviceModel } from "@mapperkit/api";
import { listen, RealClock, silentLog } from "@mapperkit/runtime";
import type { WantedDevice } from "@mapperkit/sim-plant";
import { modbusFarSide } from "./modbus-far-side.ts";

const API = "devices.kubeedge.io/v1beta1";
const surroundings = {
  ...{ clock: new RealClock(), log: silentLog, seed: 1, speed: 1 },
  whenPortTaken: "fail",
} as const;

/** A pair of registers, one of them in the unit that `other` says. */
function wanted(name: string, configData: object, other?: object): WantedDevice {
  const properties = [
    { name: "own", configData: { space: "holdingRegister", address: 0 } },
    { name: "other", configData: { space: "holdingRegister", address: 0, ...other } },
  ].slice(0, other ? 2 : 1);
  const model = parseDeviceModel({
    ...{ apiVersion: API, kind: "DeviceModel", metadata: { name: "pair" } },
    spec: {
      properties: properties.map(({ name: property }) => ({
        ...{ name: property, type: "INT", accessMode: "ReadWrite" },
      })),
    },
  });
  const device = parseDevice({
    ...{ apiVersion: API, kind: "Device", metadata: { name } },
    spec: {
      protocol: { protocolName: "modbus", configData },
      properties: properties.map((property) => ({
        name: property.name,
        visitors: { protocolName: "modbus", configData: property.configData },
      })),
    },
  });
  const where = (property = "", key = "") => `${name}.yaml:${property}.${key}`;
  return { id: `default/${name}`, device, model, where };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: 0, whenTaken: "fail" });
  server.close();
  await once(server, "close");
  return port;
}

async function ask(port: number, hex: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write(Buffer.from(hex, "hex"));
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString("hex");
}

test("a property in another unit than its Device's is in the plant, and answers there", async () => {
  const port = await freePort();
  const device = wanted("pair", { port, unitId: 1 }, { unitId: "5" });
  await using farSide = await modbusFarSide.serve([device], surroundings);
  const plant = farSide.plants.get("default/pair");
  assert.ok(plant);
  plant.set("own", 7);
  plant.set("other", 9);
  assert.equal(await ask(port, "000100000006010300000001"), "0001000000050103020007");
  assert.equal(await ask(port, "000200000006050300000001"), "0002000000050503020009");
  await ask(port, "000300000006050600000063");
  assert.deepEqual([plant.get("own"), plant.get("other")], [7, 99]);
  plant.inject({ kind: "exception", code: 6 });
  assert.equal(await ask(port, "000400000006050300000001"), "000400000003058306");
});

const refused: [title: string, devices: WantedDevice[], message: RegExp][] = [
  [
    "a unit that cannot be",
    [wanted("pair", {}, { unitId: 256 })],
    /^pair\.yaml:other\.unitId: Device default\/pair: .*unitId is 256, must be 1 to 255$/,
  ],
  [
    "a unit that no serial line has",
    [wanted("pair", { transport: "rtu-over-tcp" }, { unitId: 250 })],
    /unitId is 250, must be 1 to 247$/,
  ],
  [
    "a property in a unit that is another Device",
    [wanted("one", { unitId: 2 }), wanted("pair", { unitId: 1 }, { unitId: 2 })],
    /^pair\.yaml:other\.unitId: .*unit 2 of 127\.0\.0\.1:502 is default\/one \(one\.yaml:\.unitId\) already$/,
  ],
  [
    "two Devices of one unit",
    [wanted("one", { unitId: 2 }), wanted("two", { unitId: 2 })],
    /^two\.yaml:\.unitId: Device default\/two: unit 2 of .* is default\/one/,
  ],
  [
    "two properties at one address of one unit",
    [wanted("pair", { unitId: 1 }, { unitId: 1 })],
    /^pair\.yaml:other\.address: .*which "own" fills already$/,
  ],
  ["a machine that is not this one", [wanted("far", { host: "10.0.0.1" })], /host is 10\.0\.0\.1/],
];
for (const [title, devices, message] of refused) {
  test(`refused by file, property and key: ${title}`, async () => {
    await assert.rejects(modbusFarSide.serve(devices, surroundings), {
      ...{ code: "invalid_input", message },
    });
  });
}
