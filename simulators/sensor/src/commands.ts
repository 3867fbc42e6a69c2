/** What the line protocol can ask of a sensor. */
export interface SensorControls {
  readonly id: string;
  readonly temperatureCel: number;
  readonly humidityPercent: number;
  readonly intervalMs: number;
  measureEvery(intervalMs: number): void;
}

const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 3_600_000;

const COMMANDS: ReadonlyMap<string, (sensor: SensorControls) => string> = new Map([
  ["TEMPERATURE?", (sensor) => decimal(sensor.temperatureCel, 2)],
  ["HUMIDITY?", (sensor) => decimal(sensor.humidityPercent, 1)],
  ["INTERVAL?", (sensor) => String(sensor.intervalMs)],
  ["ID?", (sensor) => sensor.id],
]);
const KNOWN = [...COMMANDS.keys(), "INTERVAL <ms>"].join(", ");

/** Obeys one line of the protocol and returns the reply. */
export function obey(sensor: SensorControls, line: string): string {
  const command = COMMANDS.get(line);
  if (command) return command(sensor);
  if (line.startsWith("INTERVAL ")) return obeyInterval(sensor, line.slice("INTERVAL ".length));
  return `ERR unknown command, expected one of ${KNOWN}`;
}

function obeyInterval(sensor: SensorControls, text: string): string {
  const intervalMs = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (intervalMs < SHORTEST_INTERVAL_MS || intervalMs > LONGEST_INTERVAL_MS) {
    return `ERR interval must be a whole number of ${SHORTEST_INTERVAL_MS} to ${LONGEST_INTERVAL_MS} ms`;
  }
  sensor.measureEvery(intervalMs);
  return "OK";
}

function decimal(value: number, digits: number): string {
  const text = value.toFixed(digits);
  // -0.00 is no reading that a display shows.
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}
