const SECOND_MS = 1000;

/** A span of time as kubectl's AGE column shows it: `5m`, `3d4h`. `ms` may be fractional. */
export function humanDuration(ms: number): string {
  return `${Math.trunc(ms / SECOND_MS)}s`;
}
