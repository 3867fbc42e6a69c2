/**
 * Starts to measure; the function that is returned tells the seconds since. For durations that are
 * only looked at: what a program does is decided by its Clock.
 */
export function startStopwatch(): () => number {
  const begin = performance.now();
  return () => (performance.now() - begin) / 1000;
}
