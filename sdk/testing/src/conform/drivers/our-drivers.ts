import { defineModel, type PropertyDefinitions } from "@mapperkit/api";
import { defineSimulator } from "@mapperkit/sim-plant";
import { modbusWire } from "../../fixtures/modbus-wire.ts";
import type { SubjectOptions } from "../../laws/subject.ts";

export type DriverName = "counter" | "sensor" | "modbus";

const counter = defineModel("counter-model", {
  status: { type: "string", accessMode: "ReadWrite" },
});

/** Counts in one property what it is told in the same: ON and OFF down, digits up. */
const counterSim = defineSimulator(counter, {
  state: () => ({ status: "0", isOn: false }),
  write: {
    status(state, word) {
      if (word !== "ON" && word !== "OFF") return "illegalValue";
      state.isOn = word === "ON";
    },
  },
  line(state, line, panel) {
    if (line === "STATE?") return state.isOn ? "ON" : "OFF";
    if (line !== "VALUE?") {
      const refusal = panel.write("status", line);
      return refusal === undefined ? "OK" : `ERR ${wordOf(refusal)}`;
    }
    const reading = panel.read("status");
    return "refusal" in reading ? `ERR ${wordOf(reading.refusal)}` : String(reading.value);
  },
});

const room = defineModel("room-model", {
  temperature: { type: "float64", visitors: { query: "TEMPERATURE?" } },
  interval: {
    type: "int32",
    accessMode: "ReadWrite",
    minimum: 100,
    maximum: 60_000,
    visitors: { query: "INTERVAL?", command: "INTERVAL" },
  },
  label: {
    type: "string",
    accessMode: "ReadWrite",
    visitors: { query: "ID?", command: "ID" },
  },
});

const coil = (address: number) =>
  ({ type: "boolean", accessMode: "ReadWrite", visitors: { space: "coil", address } }) as const;
const holding = (address: number) =>
  ({ accessMode: "ReadWrite", visitors: { space: "holdingRegister", address } }) as const;

const plc = defineModel("plc-model", {
  pump: coil(0),
  valve: coil(1),
  lamp: coil(9),
  door: { type: "boolean", visitors: { space: "discreteInput", address: 1 } },
  alarms: {
    ...{ type: "boolean", arrayLength: 10 },
    visitors: { space: "discreteInput", address: 16 },
  },
  flow: { type: "int16", scale: 0.1, visitors: { space: "inputRegister", address: 4 } },
  level: { type: "int16", scale: 0.1, ...holding(0) },
  speed: { type: "int16", ...holding(1) },
  total: { type: "int32", ...holding(128) },
});

/** Each of our own drivers, with a device that shares no code with it. */
export const ourDrivers: Readonly<Record<DriverName, SubjectOptions<PropertyDefinitions>>> = {
  counter: {
    ...{ model: counter, sim: counterSim, commands: ["status"] },
    ...{ values: { status: ["ON", "OFF"] }, shown: { status: ["0", "7", "42", "4294967295"] } },
  },
  sensor: {
    model: room,
    sim: defineSimulator(room, {
      state: () => ({ temperature: 21.5, interval: 1000, label: "A" }),
    }),
  },
  modbus: {
    ...{ model: plc, sim: defineSimulator(plc, { state: () => ({ speed: 7 }) }) },
    // One block would be longer than a request may be.
    ...{ wire: modbusWire, config: { unitId: 0, maxGap: 200 } },
  },
};

function wordOf(refusal: unknown): string {
  if (typeof refusal === "object" && refusal && "code" in refusal)
    return `exception ${refusal.code}`;
  return String(refusal);
}
