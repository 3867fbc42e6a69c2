import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "@mapperkit/api";
import { isClaimed } from "./claims.ts";

function device(protocolName?: string, model?: string, labels?: Record<string, string>): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "d", ...(labels && { labels }) },
    spec: {
      ...(model && { deviceModelRef: { name: model } }),
      ...(protocolName && { protocol: { protocolName } }),
    },
  };
}

const counter = { protocol: "counter", claims: { model: "counter-model" } };
const bySelector = { protocol: "modbus", claims: { selector: { line: "3" } } };
const cases = [
  { what: "its protocol", mapper: counter, device: device("counter"), is: true },
  {
    what: "its model without protocol",
    mapper: counter,
    device: device(undefined, "counter-model"),
    is: true,
  },
  {
    what: "its model of another protocol",
    mapper: counter,
    device: device("modbus", "counter-model"),
    is: false,
  },
  { what: "neither", mapper: counter, device: device(), is: false },
  {
    what: "its protocol and labels",
    mapper: bySelector,
    device: device("modbus", "m", { line: "3", x: "y" }),
    is: true,
  },
  {
    what: "its protocol, other labels",
    mapper: bySelector,
    device: device("modbus", "m", { line: "4" }),
    is: false,
  },
  {
    what: "labels alone",
    mapper: { claims: { selector: { a: "b" } } },
    device: device("any", "m", { a: "b" }),
    is: true,
  },
  { what: "nothing claimed at all", mapper: {}, device: device("any", "m"), is: false },
];
for (const { what, mapper, device, is } of cases) {
  test(`${what}: ${is ? "claimed" : "left alone"}`, () => {
    assert.equal(isClaimed(mapper, device), is);
  });
}
