import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition, Device, DeviceModel } from "@mapperkit/api";
import { absent, found, unknown } from "./fact.ts";
import { verdict } from "./print-road.ts";
import type { Gathered, ProgramSeen, StepName } from "./road.ts";
import { walkRoad } from "./walk-road.ts";

const SINCE = "2026-01-01T00:00:00Z";
const apiVersion = "devices.kubeedge.io/v1beta1" as const;

function condition(type: string, status: Condition["status"], message = "…"): Condition {
  return { type, status, reason: "Told", message, lastTransitionTime: SINCE };
}

function lamp(status: object = {}, spec: object = {}): Device {
  return {
    apiVersion,
    kind: "Device",
    metadata: { namespace: "default", name: "lamp", uid: "u1", generation: 3 },
    spec: {
      nodeName: "e1",
      deviceModelRef: { name: "lamp" },
      properties: [{ name: "power", desired: { value: "ON" } }],
      ...spec,
    },
    status: {
      state: "online",
      observedGeneration: 3,
      conditions: [condition("Reachable", "True"), condition("Online", "True")],
      twins: [{ propertyName: "power", reported: { value: "ON" }, phase: { name: "Applied" } }],
      ...status,
    },
  };
}

const model: DeviceModel = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { namespace: "default", name: "lamp" },
  spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadWrite" }] },
};

const well: Gathered = {
  id: "default/lamp",
  now: 10_000,
  device: found(lamp()),
  model: found(model),
  node: found({ ready: "True", message: "ready" }),
  lease: found({ renewTime: SINCE }),
  objectSync: found({ resourceVersion: "7", linkVersion: "u1.x" }),
  events: found([]),
  cloudcore: unknown("not at hand"),
  edge: unknown("not at hand"),
  stored: unknown("not at hand"),
};

function program(metrics: Record<string, number>, notReady = ""): ProgramSeen {
  return { url: "http://edge", notReady, metric: (name) => metrics[name] };
}

function power(reported: object, phase: object = { name: "Applied" }): Device {
  return lamp({ twins: [{ propertyName: "power", reported, phase }] });
}

const cases: { what: string; but: Partial<Gathered>; at: StepName; says: RegExp }[] = [
  { what: "no Device", but: { device: absent }, at: "object", says: /no Device default\/lamp/ },
  { what: "no model", but: { model: absent }, at: "model", says: /no DeviceModel lamp/ },
  {
    what: "a desired value that the model forbids",
    but: {
      model: found({
        ...model,
        spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadOnly" }] },
      }),
    },
    at: "model",
    says: /power/,
  },
  {
    what: "no cloudcore ever",
    but: { device: found(lamp({ conditions: [] })) },
    at: "controller",
    says: /no cloudcore has written/,
  },
  {
    what: "an edit that cloudcore has not seen",
    but: { device: found(lamp({ observedGeneration: 2 })) },
    at: "controller",
    says: /generation 2, the Device is at 3/,
  },
  {
    what: "a node that never joined",
    but: { node: absent, device: found(lamp({ conditions: [condition("Reachable", "False")] })) },
    at: "node",
    says: /no Node e1/,
  },
  {
    what: "a device without a node",
    but: { device: found(lamp({}, { nodeName: undefined })) },
    at: "node",
    says: /nodeName/,
  },
  {
    what: "a node that is not ready",
    but: { node: found({ ready: "Unknown", message: "its lease has lapsed", since: SINCE }) },
    at: "node",
    says: /lapsed/,
  },
  {
    what: "a cut link",
    but: {
      device: found(lamp({ conditions: [condition("Reachable", "False", "e1 is not connected")] })),
    },
    at: "session",
    says: /e1 is not connected/,
  },
  {
    what: "a cut link that only the edge knows of yet",
    but: { edge: found(program({ mapperkit_edge_cloud_link_up: 0 })) },
    at: "session",
    says: /has no link/,
  },
  {
    what: "an object that is not acknowledged",
    but: { objectSync: found({ resourceVersion: "0", linkVersion: "" }) },
    at: "edge store",
    says: /not acknowledged/,
  },
  {
    what: "an edge without the device",
    but: { stored: absent },
    at: "edge store",
    says: /no such/,
  },
  {
    what: "an edge with another desired value",
    but: {
      stored: found({
        ...{ id: "default/lamp", state: "online", lastOnline: SINCE },
        twins: { power: { expected: { value: "OFF", timestamp: 0 } } },
      }),
    },
    at: "edge store",
    says: /power is desired ON and at the edge OFF/,
  },
  {
    what: "an edge that is not ready",
    but: { edge: found(program({ mapperkit_edge_cloud_link_up: 1 }, "broker: does not listen")) },
    at: "broker",
    says: /does not listen/,
  },
  {
    what: "no mapper",
    but: { device: found(lamp({ state: undefined, twins: [] })) },
    at: "mapper",
    says: /no mapper has ever/,
  },
  {
    what: "a mapper that is silent about a desired value",
    but: { device: found(power({ value: "OFF" }, { name: "Pending", since: SINCE })) },
    at: "mapper",
    says: /desired power/,
  },
  {
    what: "a refusal of the device",
    but: { device: found(power({ value: "OFF" }, { name: "Rejected", message: "too hot" })) },
    at: "hardware",
    says: /power is Rejected: too hot/,
  },
  {
    what: "a bad value",
    but: {
      device: found(power({ value: "ON", metadata: { quality: "Bad", reason: "timeout" } })),
    },
    at: "hardware",
    says: /power is Bad: timeout/,
  },
  {
    what: "a device that is offline",
    but: {
      device: found(
        lamp({
          conditions: [condition("Reachable", "True"), condition("Online", "False", "offline")],
        }),
      ),
    },
    at: "hardware",
    says: /offline/,
  },
  {
    what: "a report that has not arrived",
    but: {
      stored: found({
        ...{ id: "default/lamp", state: "online", lastOnline: SINCE },
        twins: {
          power: {
            expected: { value: "ON", timestamp: 0 },
            actual: { value: "DIM", timestamp: 1_000 },
          },
        },
      }),
    },
    at: "way back",
    says: /newest power/,
  },
];

for (const { what, but, at, says } of cases) {
  test(`${what}: it stands at the ${at}`, () => {
    const road = walkRoad({ ...well, ...but });
    assert.equal(road.standsAt?.step, at, JSON.stringify(road.steps, null, 1));
    assert.match(road.standsAt.says, says);
    assert.notEqual(road.standsAt.do ?? "", "", "it says what to do");
  });
}

test("where all is well nothing stands, and what cannot be seen is said", () => {
  const road = walkRoad(well);
  assert.equal(road.standsAt, undefined, JSON.stringify(road.steps, null, 1));
  assert.match(verdict(road), /Nothing is in the way of default\/lamp; from here the broker/);
});

test("the cause comes first: what stands behind a cut is not named", () => {
  const cut = lamp({
    conditions: [condition("Reachable", "False", "away")],
    twins: [{ propertyName: "power", phase: { name: "Pending" } }],
  });
  const road = walkRoad({ ...well, device: found(cut) });
  assert.equal(road.steps.filter(({ standing }) => standing === "stands").length, 2);
  assert.match(verdict(road), /stands at the session since 2026-01-01T00:00:00Z: away\nTo do: /);
});

test("from the edge alone its own side is seen", () => {
  const nothing = unknown("no kubeconfig");
  const road = walkRoad({
    ...{
      id: "default/lamp",
      now: 0,
      device: nothing,
      model: nothing,
      node: nothing,
      lease: nothing,
    },
    ...{ objectSync: nothing, events: nothing, cloudcore: nothing },
    edge: found(program({ mapperkit_edge_cloud_link_up: 1, mapperkit_edge_sessions: 2 })),
    stored: found({
      ...{ id: "default/lamp", state: "online", lastOnline: SINCE },
      twins: { power: { actual: { value: "", timestamp: 9, quality: "Bad", reason: "timeout" } } },
    }),
  });
  assert.equal(road.standsAt?.step, "hardware");
  assert.deepEqual(
    road.steps.filter(({ standing }) => standing === "open").map(({ step }) => step),
    ["session", "edge store", "broker", "mapper"],
  );
});
