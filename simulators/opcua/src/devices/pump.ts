import { defineModel } from "@mapperkit/api";
import { defineSimulator } from "@mapperkit/sim-plant";

const NAMESPACE = "nsu=urn:mapperkit:pump";
const at = (id: string) => ({ visitors: { nodeId: `${NAMESPACE};s=Pump.${id}` } });
const readOnly = { accessMode: "ReadOnly" } as const;
const writable = { accessMode: "ReadWrite" } as const;

export const pumpModel = defineModel("opcua-pump", {
  speed: { type: "float64", unit: "1/min", minimum: 0, maximum: 3000, ...readOnly, ...at("Speed") },
  setpoint: {
    ...{ type: "float64", unit: "1/min", minimum: 0, maximum: 3000 },
    ...writable,
    ...at("SpeedSetpoint"),
  },
  enabled: { type: "boolean", ...writable, ...at("Enabled") },
  pressure: { type: "float32", unit: "bar", ...readOnly, ...at("Pressure") },
  flow: { type: "float32", unit: "m3/h", ...readOnly, ...at("Flow") },
  starts: { type: "uint32", ...readOnly, ...at("Starts") },
  delivered: { type: "uint64", unit: "L", ...readOnly, ...at("Delivered") },
  serial: { type: "string", ...readOnly, ...at("SerialNumber") },
});

interface PumpState {
  speed: number;
  setpoint: number;
  enabled: boolean;
  isRunning: boolean;
  starts: number;
  litres: number;
  serial: string;
}

/** Part of the distance to the setpoint that is left after a second. */
const SLOWNESS = 0.35;
const FLOW_AT_FULL = 42;
const PRESSURE_AT_FULL = 6.4;
const FULL = 3000;

/** A centrifugal pump with a frequency converter: flow follows its speed, pressure the square of it. */
export const pumpSimulator = defineSimulator(pumpModel, {
  state: (): PumpState => ({
    ...{ speed: 0, setpoint: 1450, enabled: true, isRunning: false },
    ...{ starts: 0, litres: 0, serial: "MK-P-0042" },
  }),
  tick(state, { dt, random }) {
    const wanted = state.enabled ? state.setpoint : 0;
    if (wanted > 0 && !state.isRunning) state.starts += 1;
    state.isRunning = wanted > 0;
    const noise = state.speed > 1 ? random.normal(0, 0.4) : 0;
    state.speed = Math.max(0, wanted + (state.speed - wanted) * SLOWNESS ** dt + noise);
    state.litres += ((state.speed / FULL) * FLOW_AT_FULL * 1000 * dt) / 3600;
  },
  read: {
    pressure: ({ speed }) => PRESSURE_AT_FULL * (speed / FULL) ** 2,
    flow: ({ speed }) => FLOW_AT_FULL * (speed / FULL),
    delivered: ({ litres }) => BigInt(Math.floor(litres)),
  },
});
