const DAY_MS = 86_400_000;
/** The warmest time of a day, as a part of it: three in the afternoon. */
const PEAK = 15 / 24;

/** A swing of ±`amplitude` over each day (UTC), highest at 15:00 and lowest at 03:00. */
export function dailyCycle(nowMs: number, amplitude: number): number {
  return amplitude * Math.cos(2 * Math.PI * (nowMs / DAY_MS - PEAK));
}
