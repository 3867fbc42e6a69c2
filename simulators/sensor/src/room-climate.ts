import type { Random } from "@mapperkit/runtime";
import { Drift, dailyCycle } from "@mapperkit/sim-plant";

export interface Climate {
  readonly temperatureCel: number;
  /** % relative humidity */
  readonly humidityPercent: number;
}

const DAILY_SWING_CEL = 2.5;
const MINUTE_MS = 60_000;
/** Warming a closed room by one degree lowers its relative humidity by about this much. */
const PERCENT_PER_CEL = -2.8;

/** The air of a room: warmer in the afternoon, drier when warm, never quite still. */
export class RoomClimate {
  readonly #mean: Climate;
  readonly #warmth: Drift;
  readonly #moisture: Drift;

  constructor(mean: Climate, random: Random) {
    this.#mean = mean;
    this.#warmth = new Drift({
      standardDeviation: 0.5,
      relaxationMs: 10 * MINUTE_MS,
      random: random.fork("warmth"),
    });
    this.#moisture = new Drift({
      standardDeviation: 1.2,
      relaxationMs: 30 * MINUTE_MS,
      random: random.fork("moisture"),
    });
  }

  at(nowMs: number): Climate {
    const warming = dailyCycle(nowMs, DAILY_SWING_CEL) + this.#warmth.at(nowMs);
    const moistening = warming * PERCENT_PER_CEL + this.#moisture.at(nowMs);
    return {
      temperatureCel: this.#mean.temperatureCel + warming,
      humidityPercent: Math.min(100, Math.max(0, this.#mean.humidityPercent + moistening)),
    };
  }
}
