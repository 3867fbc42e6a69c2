import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel, MsgTwin } from "@mapperkit/api";
import { DeviceMemory } from "../upstream/device-memory.ts";
import { nextStatus, statusDifference } from "./next-status.ts";
import { statusTransitions } from "./status-transitions.ts";

const NOW = 1_700_000_000_000;
const model: DeviceModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "lamp", namespace: "default" },
  spec: {
    properties: [
      { name: "power", type: "STRING", accessMode: "ReadWrite" },
      { name: "level", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "10" },
      { name: "watts", type: "INT", accessMode: "ReadOnly" },
    ],
  },
};

function lamp(desired: Record<string, string>, more: Partial<Device["metadata"]> = {}): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "lamp-1", namespace: "default", uid: "u1", generation: 7, ...more },
    spec: {
      deviceModelRef: { name: "lamp" },
      nodeName: "edge-1",
      properties: Object.entries(desired).map(([name, value]) => ({ name, desired: { value } })),
    },
  };
}

/** One device under the writer's eyes: what it is told goes in, what it should have comes out. */
function scene(first: Device) {
  let device = first;
  let memory = new DeviceMemory(first);
  const status = (now = NOW) => {
    const next = nextStatus({ device, model, memory, isNodeConnected: true, now });
    const before = device.status;
    const part = statusDifference(before, next);
    device = { ...device, status: { ...before, ...part } };
    return { ...next, part, transitions: statusTransitions(before, next) };
  };
  return {
    status,
    change: (to: Device) => {
      device = { ...to, ...(device.status && { status: device.status }) };
      memory.noteDesired(device);
    },
    restart: () => {
      memory = new DeviceMemory(device);
    },
    report: (property: string, message: MsgTwin) => memory.report(property, message),
    phase: (property: string) => {
      const { twins } = status();
      return twins?.find((twin) => twin.propertyName === property)?.phase;
    },
    condition: (type: string) => status().conditions?.find((c) => c.type === type),
  };
}

test("a report lands with string metadata; the same again, with another time, is no change", () => {
  const { report, status } = scene(lamp({}));
  report("watts", { actual: { value: "5", metadata: { timestamp: 12, quality: "Good" } } });
  const [twin] = status().twins ?? [];
  assert.deepEqual(twin, {
    propertyName: "watts",
    reported: { value: "5", metadata: { timestamp: "12", quality: "Good" } },
  });
  report("watts", { actual: { value: "5", metadata: { timestamp: 13, quality: "Good" } } });
  assert.equal(status().part, undefined);
  report("watts", { actual: { value: "5", metadata: { timestamp: 14, quality: "Bad" } } });
  assert.deepEqual(Object.keys(status().part ?? {}), ["twins"]);
});

test("desired is Pending and Unconfirmed until reported equals it, and stays Applied after", () => {
  const { report, phase, condition } = scene(lamp({ power: "ON" }));
  assert.equal(phase("power")?.reason, "Unconfirmed");
  assert.equal(condition("Synced")?.status, "False");
  report("power", { actual: { value: "17" } });
  assert.equal(phase("power")?.name, "Pending");
  report("power", { actual: { value: "ON" } });
  assert.equal(phase("power")?.name, "Applied");
  report("power", { actual: { value: "18" } });
  assert.equal(phase("power")?.name, "Applied");
  assert.equal(condition("Synced")?.status, "True");
});

test("an outcome decides, but only about the value that is desired now", () => {
  const { report, phase, change, condition } = scene(lamp({ power: "ON" }));
  report("power", { outcome: { phase: "Applied", generation: 7 } });
  assert.equal(phase("power")?.name, "Applied");
  change(lamp({ power: "OFF" }, { generation: 8 }));
  report("power", { outcome: { phase: "Rejected", generation: 7 } });
  assert.deepEqual([phase("power")?.name, phase("power")?.generation], ["Pending", 8]);
  report("power", { expected: { value: "OFF" }, outcome: { phase: "Diverged", reason: "Worn" } });
  assert.deepEqual([phase("power")?.name, phase("power")?.reason], ["Diverged", "Worn"]);
  assert.match(condition("Synced")?.message ?? "", /power is Diverged/);
});

test("an edge that expects the new value and repeats its old outcome has not answered yet", () => {
  const { report, phase, change } = scene(lamp({ power: "ON" }));
  report("power", { outcome: { phase: "Applied", generation: 7 } });
  change(lamp({ power: "OFF" }, { generation: 8 }));
  report("power", {
    expected: { value: "OFF", metadata: { generation: 8 } },
    outcome: { phase: "Applied", generation: 7 },
  });
  assert.equal(phase("power")?.name, "Pending");
});

test("an outcome for the generation that brought a value counts after later generations too", () => {
  const { report, phase, change } = scene(lamp({ power: "OFF" }, { generation: 6 }));
  assert.equal(phase("power")?.name, "Pending");
  change(lamp({ power: "ON" }, { generation: 7 }));
  change(lamp({ power: "ON", level: "3" }, { generation: 8 }));
  report("power", { outcome: { phase: "Applied", generation: 7 } });
  assert.equal(phase("power")?.name, "Applied");
});

test("a restart keeps phases, unless the desired value changed meanwhile", () => {
  const { report, phase, change, restart } = scene(lamp({ power: "ON", level: "1" }));
  report("power", { outcome: { phase: "Applied", generation: 7 } });
  report("level", { outcome: { phase: "Applied", generation: 7 } });
  const version = phase("level")?.version ?? 0;
  change(lamp({ power: "ON", level: "2" }, { generation: 8 }));
  restart();
  assert.equal(phase("power")?.name, "Applied");
  assert.equal(phase("level")?.name, "Pending");
  assert.ok((phase("level")?.version ?? 0) > version);
});

for (const [property, value, reason] of [
  ["level", "11", "OutOfRange"],
  ["level", "many", "WrongType"],
  ["watts", "1", "ReadOnlyProperty"],
  ["colour", "red", "UnknownProperty"],
] as const) {
  test(`${property} desired as ${value} is Rejected as ${reason}, with a Warning, once`, () => {
    const { status, phase, condition, change } = scene(lamp({ [property]: value }));
    const first = status();
    assert.ok(first.transitions.some((t) => t.type === "Warning" && t.reason === reason));
    assert.deepEqual(status().transitions, []);
    if (property !== "colour") {
      assert.equal(phase(property)?.reason, reason);
    }
    assert.deepEqual(
      [condition("Accepted")?.status, condition("Accepted")?.reason],
      ["False", reason],
    );
    change(lamp({ power: "ON" }, { generation: 8 }));
    assert.ok(status().transitions.some((t) => t.type === "Normal" && t.reason === "Accepted"));
  });
}

test("a refusal of ours ends with its cause, one of the device does not", () => {
  const { report, phase, change } = scene(lamp({ level: "11" }));
  assert.equal(phase("level")?.name, "Rejected");
  change(lamp({ level: "9" }, { generation: 8 }));
  assert.equal(phase("level")?.name, "Pending");
  report("level", { outcome: { phase: "Rejected", generation: 8, message: "too hot" } });
  assert.equal(phase("level")?.name, "Rejected");
  assert.equal(phase("level")?.message, "too hot");
});

test("a foreign reported value is a difference to be written back", () => {
  const first = lamp({});
  const memory = new DeviceMemory(first);
  memory.report("watts", { actual: { value: "5" } });
  const foreign = {
    ...first,
    status: { twins: [{ propertyName: "watts", reported: { value: "999" } }] },
  };
  const next = nextStatus({ device: foreign, model, memory, isNodeConnected: true, now: NOW });
  assert.equal(statusDifference(foreign.status, next)?.twins?.[0]?.reported?.value, "5");
});

test("a condition's time moves with its status only", () => {
  const { status } = scene(lamp({ power: "ON" }));
  const before = status(NOW).conditions;
  const after = status(NOW + 60_000).conditions;
  assert.deepEqual(after, before);
});

test("a device without model or node says so", () => {
  const device = { ...lamp({ power: "ON" }), spec: {} };
  const { condition } = scene(device);
  assert.equal(condition("Accepted")?.reason, "NoModel");
  assert.match(condition("Accepted")?.message ?? "", /spec\.deviceModelRef\.name.*spec\.nodeName/);
  assert.equal(condition("Reachable")?.reason, "NoNode");
});

test("what a mapper finds wrong with a property is told by Accepted until it can be worked", () => {
  const { report, status, condition, restart, phase } = scene(lamp({}));
  const fault = {
    phase: "Rejected",
    reason: "configurationError",
    message: "visitors.configData.register is 7, must be a register type",
  } as const;
  report("watts", { outcome: fault });
  const first = status();
  const [event] = first.transitions;
  assert.deepEqual(
    [event?.type, event?.reason, first.transitions.length],
    ["Warning", "configurationError", 1],
  );
  const message =
    "spec.properties[watts] the mapper says: visitors.configData.register is 7, must be a register type";
  assert.equal(condition("Accepted")?.status, "False");
  assert.equal(condition("Accepted")?.message, message);
  assert.equal(condition("Synced")?.reason, "NothingDesired");
  assert.equal(phase("watts")?.name, "Rejected");
  restart();
  assert.equal(condition("Accepted")?.message, message, "kept over a restart of the cloud");
  report("level", { actual: { value: "3" } });
  assert.equal(condition("Accepted")?.status, "False", "another property says nothing of it");
  report("watts", { outcome: { phase: "Applied", reason: "Accepted" } });
  assert.equal(condition("Accepted")?.status, "True");
  assert.equal(phase("watts"), undefined);
});

test("a mapper's fault ends with its edge's word: another node knows of none", () => {
  const { report, condition } = scene(lamp({}));
  report("watts", { outcome: { phase: "Rejected", reason: "illegalAddress", message: "no 7" } });
  assert.equal(condition("Accepted")?.reason, "illegalAddress");
  report("watts", { actual: { value: "5" } });
  assert.equal(condition("Accepted")?.status, "True");
});

test("a desired value beside a mapper's fault has its own outcome, and the fault stays", () => {
  const { report, condition, change, phase } = scene(lamp({}));
  report("power", { outcome: { phase: "Rejected", reason: "configurationError", message: "x" } });
  assert.equal(condition("Accepted")?.status, "False");
  change(lamp({ power: "ON" }, { generation: 8 }));
  assert.equal(phase("power")?.name, "Pending");
  assert.equal(condition("Accepted")?.reason, "configurationError");
  report("power", {
    expected: { value: "ON" },
    outcome: { phase: "Applied", generation: 8 },
  });
  assert.equal(phase("power")?.name, "Applied");
  assert.equal(condition("Accepted")?.status, "True");
});

test("what a model says wrong of the wire is told by Accepted, and the device's mapper decides", () => {
  const wrong = structuredClone(model);
  const [, level] = wrong.spec?.properties ?? [];
  if (level) level.visitors = { protocolName: "modbus", configData: { dataType: "int17" } };
  const device = lamp({ level: "3" });
  const memory = new DeviceMemory(device);
  const next = nextStatus({ device, model: wrong, memory, isNodeConnected: true, now: NOW });
  const accepted = next.conditions?.find((each) => each.type === "Accepted");
  assert.deepEqual([accepted?.status, accepted?.reason], ["False", "InvalidVisitor"]);
  assert.match(accepted?.message ?? "", /DeviceModel\.spec\.properties\[level\].*dataType.*int17/);
  assert.equal(next.twins?.[0]?.phase?.name, "Pending");
});

for (const [reason, words] of [
  ["timeout", /does not answer: check its power/],
  ["notConnected", /check its address/],
] as const) {
  test(`a device that is offline for ${reason} says what to check`, () => {
    const device = lamp({});
    const memory = new DeviceMemory(device);
    memory.reportState("offline", undefined);
    memory.report("watts", { actual: { value: "5", metadata: { quality: "Bad", reason } } });
    const next = nextStatus({ device, model, memory, isNodeConnected: true, now: NOW });
    const online = next.conditions?.find((each) => each.type === "Online");
    assert.match(online?.message ?? "", words);
  });
}

test("a fault of the model that ended lets the desired value go on", () => {
  const twice = structuredClone(model);
  twice.spec?.properties?.push({ name: "level", type: "INT", accessMode: "ReadWrite" });
  const device = lamp({ level: "3" });
  const memory = new DeviceMemory(device);
  const phaseWith = (each: DeviceModel) =>
    nextStatus({ device, model: each, memory, isNodeConnected: true, now: NOW }).twins?.[0]?.phase;
  assert.equal(phaseWith(twice)?.reason, "DuplicateProperty");
  assert.equal(phaseWith(model)?.name, "Pending");
});

test("an empty desired value asks for nothing, so nothing is out of step", () => {
  const { status, condition } = scene(lamp({ power: "" }));
  assert.deepEqual(status().twins, []);
  assert.equal(condition("Synced")?.reason, "NothingDesired");
});
