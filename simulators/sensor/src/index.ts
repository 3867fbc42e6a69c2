export type { SensorControls } from "./commands.ts";
export { type SensorConfig, sensorConfig } from "./config.ts";
export { createSensor, type Sensor, type Surroundings } from "./sensor.ts";
