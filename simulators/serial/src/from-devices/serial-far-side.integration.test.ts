import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDevice, parseDeviceModel } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import type { FarSideSurroundings, WantedDevice } from "@mapperkit/sim-plant";
import { serialFarSide } from "./serial-far-side.ts";

const API = "devices.kubeedge.io/v1beta1";
const surroundings: FarSideSurroundings = {
  ...{ clock: new RealClock(), log: silentLog, seed: 1, speed: 0 },
  whenPortTaken: "next",
};

function wanted(name: string, configData: object, visitor: object = { query: "V?" }): WantedDevice {
  const metadata = { name, namespace: "default" };
  const protocol = { protocolName: "serial", configData };
  const visitors = { configData: { ...visitor } };
  return {
    id: name,
    device: parseDevice({
      ...{ apiVersion: API, kind: "Device", metadata },
      spec: { protocol, properties: [{ name: "volts", visitors }] },
    }),
    model: parseDeviceModel({
      ...{ apiVersion: API, kind: "DeviceModel", metadata },
      spec: { properties: [{ name: "volts", type: "FLOAT", accessMode: "ReadOnly" }] },
    }),
    where: (property, key) => `${name}.yaml:${[property, key].filter(Boolean).join("/")}`,
  };
}

const here = { serialPort: "tcp://127.0.0.1:0" };
const refused: readonly (readonly [title: string, devices: WantedDevice[], said: RegExp])[] = [
  ["no port", [wanted("a", {})], /^a\.yaml:serialPort: Device a: .*is missing/],
  [
    "USB",
    [wanted("a", { serialPort: "usb:0403:6001" })],
    /^a\.yaml:serialPort: .*no simulator plugs in USB/,
  ],
  [
    "elsewhere",
    [wanted("a", { serialPort: "tcp://192.0.2.1:4001" })],
    /only listens on this machine/,
  ],
  [
    "one address twice",
    [wanted("a", { ...here, address: 3 }), wanted("b", { ...here, address: "3" })],
    /^b\.yaml:address: Device b: address 3 on tcp.* is a \(a\.yaml:address\) already/,
  ],
  [
    "two without address",
    [wanted("a", here), wanted("b", here)],
    /^b\.yaml:address: .*without address/,
  ],
  [
    "two speeds on a line",
    [wanted("a", { serialPort: "/tmp/x" }), wanted("b", { serialPort: "/tmp/x", baudRate: 1200 })],
    /^b\.yaml:baudRate: .*1200 8N1, but 9600 8N1 for a/,
  ],
  [
    "a pattern without text",
    [wanted("a", here, { query: "V?", pattern: "(a)\\1" })],
    /^a\.yaml:volts\/pattern: /,
  ],
  ["a check that nobody knows", [wanted("a", { ...here, checksum: "md5" })], /^a\.yaml:checksum: /],
];
for (const [title, devices, said] of refused) {
  test(`refused by file, line and property: ${title}`, async () => {
    await assert.rejects(serialFarSide.serve(devices, surroundings), {
      code: "invalid_input",
      message: said,
    });
  });
}

test("one line for each port, moved where it is taken", async () => {
  const first = [wanted("a", { ...here, address: 1 }), wanted("b", { ...here, address: 2 })];
  await using one = await serialFarSide.serve(first, surroundings);
  assert.deepEqual([...one.plants.keys()], ["a", "b"]);
  const [address] = one.places.map((place) => place.address);
  assert.equal(one.places.length, 1);
  await using two = await serialFarSide.serve([wanted("c", { serialPort: address })], surroundings);
  assert.notEqual(two.moved.get("c")?.serialPort, address);
  await assert.rejects(
    serialFarSide.serve([wanted("d", { serialPort: address })], {
      ...surroundings,
      whenPortTaken: "fail",
    }),
    /^MapperkitError: d\.yaml:serialPort: Device d: .*port \d+/,
  );
});

test("a device more like this one has a port of its own", () => {
  assert.deepEqual(serialFarSide.multiply?.(wanted("a", { serialPort: "/tmp/x" }), 3), {
    serialPort: "/tmp/x-3",
  });
  assert.deepEqual(
    serialFarSide.multiply?.(wanted("a", { serialPort: "tcp://127.0.0.1:4001" }), 2),
    {
      serialPort: "tcp://127.0.0.1:4003",
    },
  );
});
