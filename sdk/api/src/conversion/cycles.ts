const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** v1alpha2's nanoseconds in v1beta1's milliseconds. Only 0 becomes 0, and the sign stays. */
export function cycleToV1beta1(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const size = Math.abs(value) / NANOSECONDS_PER_MILLISECOND;
  return size === 0 ? 0 : Math.sign(value) * Math.max(1, Math.round(size));
}

/** v1beta1's milliseconds in v1alpha2's nanoseconds, up to what a JSON number holds exactly. */
export function cycleToV1alpha2(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const nanoseconds = Math.round(value * NANOSECONDS_PER_MILLISECOND);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, nanoseconds));
}
