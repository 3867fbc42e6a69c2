import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import { LineServer } from "@mapperkit/sim-plant";
import { obey, type SensorControls } from "./commands.ts";
import type { SensorConfig } from "./config.ts";
import { type Climate, RoomClimate } from "./room-climate.ts";

/** A temperature and humidity sensor on a wall, read over TCP. */
export interface Sensor extends Component, SensorControls {
  /** Where its line protocol listens. */
  readonly port: number;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const DEFAULT_INTERVAL_MS = 1000;
const DEFAULT_CLIMATE: Climate = { temperatureCel: 21, humidityPercent: 45 };

export function createSensor(config: SensorConfig, surroundings: Surroundings): Sensor {
  return new VirtualSensor(config, surroundings);
}

class VirtualSensor implements Sensor {
  readonly name: string;
  readonly id: string;
  readonly #clock: Clock;
  readonly #server: LineServer;
  readonly #room: RoomClimate;
  #intervalMs: number;
  #measured: { readonly atMs: number; readonly climate: Climate } | undefined;

  constructor(config: SensorConfig, { clock, random, log }: Surroundings) {
    this.id = config.id ?? "sensor";
    this.name = this.id;
    this.#clock = clock;
    this.#intervalMs = config.intervalMs ?? DEFAULT_INTERVAL_MS;
    const mean = {
      temperatureCel: config.temperatureCel ?? DEFAULT_CLIMATE.temperatureCel,
      humidityPercent: config.humidityPercent ?? DEFAULT_CLIMATE.humidityPercent,
    };
    this.#room = new RoomClimate(mean, random.fork(this.id));
    this.#server = new LineServer({
      name: this.name,
      host: config.host,
      port: config.port,
      whenPortTaken: config.whenPortTaken,
      answer: (line) => obey(this, line),
      log,
    });
  }

  get port(): number {
    return this.#server.port;
  }

  get temperatureCel(): number {
    return this.#measure().temperatureCel;
  }

  get humidityPercent(): number {
    return this.#measure().humidityPercent;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  measureEvery(intervalMs: number): void {
    this.#intervalMs = intervalMs;
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#server.start(signal);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** The measurement of the present interval, made when the first one asks for it. */
  #measure(): Climate {
    const now = this.#clock.now();
    const atMs = now - (now % this.#intervalMs);
    if (this.#measured?.atMs !== atMs) {
      this.#measured = { atMs, climate: this.#room.at(atMs) };
    }
    return this.#measured.climate;
  }
}
