import type { Clock } from "@mapperkit/runtime";

/**
 * A clock whose monotonic time begins as the time of day does: what is planned at multiples of a
 * cycle falls on those of the day, and nobody who sets the machine's time moves it.
 */
export function alignedClock(clock: Clock): Clock {
  const ahead = clock.now() - clock.monotonic();
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + ahead,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    timeout: (ms) => clock.timeout(ms),
    every: (ms, work) => clock.every(ms, work),
  };
}
