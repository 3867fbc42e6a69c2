import { defineModel, holding, input } from "@mapperkit/api";
import { defineSimulator } from "@mapperkit/sim-plant";

const meterModel = defineModel("modbus-energy-meter", {
  voltage: input(0, "float32", { unit: "V" }),
  current: input(2, "float32", { unit: "A" }),
  power: input(4, "float32", { unit: "W" }),
  powerFactor: input(6, "float32"),
  frequency: input(8, "float32", { unit: "Hz" }),
  /** Word order of its own, as meters have it. */
  energy: input(10, "uint32", { byteOrder: "CDAB", scale: 0.01, unit: "kW.h" }),
  serialNumber: input(100, "uint64"),
  maker: input(104, "string", { byteLength: 12 }),
  ratio: holding(0, "uint16", { minimum: 1, maximum: 500 }),
  tariff: holding(1, "uint16", { minimum: 1, maximum: 4 }),
});

interface MeterState {
  load: number;
  voltage: number;
  energy: number;
  frequency: number;
  ratio: number;
  tariff: number;
  serialNumber: bigint;
  maker: string;
}

const POWER_FACTOR = 0.96;
const JOULES_PER_KWH = 3_600_000;

/** A single-phase energy meter: the load wanders, the energy never falls. */
export const energyMeterSimulator = defineSimulator(meterModel, {
  state: (random): MeterState => ({
    ...{ load: 800, voltage: 230, frequency: 50, ratio: 1, tariff: 1 },
    energy: random.int(0, 100_000) / 10,
    serialNumber: BigInt(random.int(1, 999_999_999)) * 1000n,
    maker: "mapperkit",
  }),
  tick(state, { dt, random }) {
    state.load += (800 - state.load) * 0.01 * dt + random.normal(0, 40) * Math.sqrt(dt);
    state.load = Math.min(3600, Math.max(40, state.load));
    state.voltage += (230 - state.voltage) * 0.05 * dt + random.normal(0, 0.3) * Math.sqrt(dt);
    state.frequency += (50 - state.frequency) * 0.1 * dt + random.normal(0, 0.005) * Math.sqrt(dt);
    state.energy += (state.load * dt) / JOULES_PER_KWH;
  },
  read: {
    power: ({ load }) => load,
    current: ({ load, voltage }) => load / (voltage * POWER_FACTOR),
    powerFactor: () => POWER_FACTOR,
  },
});
