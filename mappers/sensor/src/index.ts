export { sensorMapper } from "./sensor-mapper.ts";
