/** RFC 3339; "" for what is no time. */
export function timeOf(ms: number): string {
  const time = new Date(ms);
  return Number.isFinite(time.getTime()) ? time.toISOString() : "";
}
