import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceAnnouncement } from "@mapperkit/api";
import { z } from "zod";
import { announceRegisters } from "../fixtures/register-world.ts";
import { planDevice } from "./device-plan.ts";

/** Properties of an earlier era say `offset` for the address. */
const mapper = {
  protocol: "registers",
  config: z.object({ unit: z.number() }),
  visitor: z.object({ address: z.number() }),
  connect: async () => 1,
  read: async () => 1,
  normalise(announcement: DeviceAnnouncement): DeviceAnnouncement {
    const { device } = announcement;
    const properties = device.spec?.properties?.map((property) => {
      const { register: address, ...rest } = property.visitors?.configData ?? {};
      if (address === undefined) return property;
      return { ...property, visitors: { configData: { ...rest, address } } };
    });
    if (!properties) throw new TypeError("no properties");
    return { ...announcement, device: { ...device, spec: { ...device.spec, properties } } };
  },
};

test("what others wrote is planned as the mapper says it", () => {
  const device = announceRegisters(1, [
    { name: "old", at: { register: 7 } },
    { name: "new", at: { address: 8 } },
  ]);
  const { properties, fault } = planDevice(mapper, {}, device, "edge");
  assert.equal(fault, undefined);
  assert.deepEqual(
    properties.map(({ visitor, fault }) => [visitor, fault]),
    [
      [{ address: 7 }, undefined],
      [{ address: 8 }, undefined],
    ],
  );
});

test("a translation that throws is a fault of its device alone", () => {
  const device = announceRegisters(1, []);
  delete device.device.spec?.properties;
  const { fault } = planDevice(mapper, {}, device, "edge");
  assert.deepEqual(fault, {
    reason: "InvalidDevice",
    message: "spec cannot be translated: no properties",
  });
});

test("what the run says of all devices is at hand for the translation", () => {
  const told: unknown[] = [];
  const listening = {
    ...mapper,
    normalise(announcement: DeviceAnnouncement, defaults: object) {
      told.push(defaults);
      return announcement;
    },
  };
  planDevice(listening, { unit: 3 }, announceRegisters(1, []), "edge");
  assert.deepEqual(told, [{ unit: 3 }]);
});
