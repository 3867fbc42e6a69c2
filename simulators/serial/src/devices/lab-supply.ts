import { defineModel } from "@mapperkit/api";
import { defineSimulator } from "@mapperkit/sim-plant";

const model = defineModel("lab-supply", {
  identity: { type: "string" },
  voltage: { type: "float64", unit: "V" },
  current: { type: "float64", unit: "A" },
  voltageSetpoint: {
    ...{ type: "float64", unit: "V", accessMode: "ReadWrite", minimum: 0, maximum: 32 },
  },
  currentLimit: {
    ...{ type: "float64", unit: "A", accessMode: "ReadWrite", minimum: 0.001, maximum: 5 },
  },
  output: { type: "boolean", accessMode: "ReadWrite" },
  limiting: { type: "boolean" },
});

interface SupplyState {
  identity: string;
  voltage: number;
  current: number;
  voltageSetpoint: number;
  currentLimit: number;
  output: boolean;
  limiting: boolean;
  loadOhm: number;
}

/** Seconds in which the output has covered 63 % of the way to its goal. */
const SETTLING_S = 0.15;
const NOISE_V = 0.0008;

/** A bench supply with a resistor on it: it holds the voltage until the current would pass its limit. */
export const labSupply = defineSimulator(model, {
  every: "50ms",
  state: (): SupplyState => ({
    ...{ identity: "MAPPERKIT,LS325,SN100001,1.0", voltage: 0, current: 0 },
    ...{ voltageSetpoint: 5, currentLimit: 1, output: false, limiting: false, loadOhm: 12 },
  }),
  tick(state, { dt, random }) {
    const { output, voltageSetpoint, currentLimit, loadOhm } = state;
    state.limiting = output && voltageSetpoint / loadOhm > currentLimit;
    const goal = output ? Math.min(voltageSetpoint, currentLimit * loadOhm) : 0;
    const kept = Math.exp(-dt / SETTLING_S);
    const noise = output ? random.normal(0, NOISE_V) : 0;
    state.voltage = Math.max(0, goal + (state.voltage - goal) * kept + noise);
    state.current = state.voltage / loadOhm;
  },
});
