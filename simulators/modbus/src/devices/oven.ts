import { coil, defineModel, discreteInput, holding, input } from "@mapperkit/api";
import { defineSimulator } from "@mapperkit/sim-plant";

const ovenModel = defineModel("modbus-oven", {
  temperature: input(0, "int16", { scale: 0.1, unit: "Cel" }),
  power: input(1, "uint16", { unit: "W" }),
  operatingSeconds: input(2, "uint32", { unit: "s" }),
  setpoint: holding(0, "int16", { scale: 0.1, unit: "Cel", minimum: 20, maximum: 250 }),
  hysteresis: holding(1, "uint16", { scale: 0.1, unit: "K", minimum: 0.5, maximum: 20 }),
  enabled: coil(0),
  light: coil(1),
  heating: discreteInput(0),
  doorOpen: discreteInput(1),
});

interface OvenState {
  temperature: number;
  setpoint: number;
  hysteresis: number;
  enabled: boolean;
  light: boolean;
  heating: boolean;
  doorOpen: boolean;
  operatingSeconds: number;
}

const ROOM = 21;
const HEATER_W = 2400;
/** K per second of the heater, and the part of the distance to the room that is lost. */
const HEATING_RATE = 1.6;
const LOSS_RATE = 0.004;

/** An oven with a two-point thermostat: it heats until the setpoint, and leaks into its room. */
export const ovenSimulator = defineSimulator(ovenModel, {
  state: (): OvenState => ({
    ...{ temperature: ROOM, setpoint: 180, hysteresis: 2, operatingSeconds: 0 },
    ...{ enabled: true, light: false, heating: false, doorOpen: false },
  }),
  tick(state, { dt, random }) {
    const { temperature, setpoint, hysteresis, enabled } = state;
    if (!enabled || temperature >= setpoint) state.heating = false;
    else if (temperature < setpoint - hysteresis) state.heating = true;
    if (state.heating) state.operatingSeconds += dt;
    const gain = state.heating ? HEATING_RATE : 0;
    const loss = (temperature - ROOM) * LOSS_RATE;
    state.temperature += (gain - loss) * dt + random.normal(0, 0.01);
  },
  read: { power: ({ heating, light }) => (heating ? HEATER_W : 0) + (light ? 25 : 0) },
});
