/** Whether `held` has every member of `wanted`; null wants absence. */
export function covers(held: unknown, wanted: unknown): boolean {
  if (wanted === null) return held === undefined || held === null;
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(held) &&
      held.length === wanted.length &&
      wanted.every((item, index) => covers(held[index], item))
    );
  }
  if (typeof wanted !== "object") return held === wanted;
  if (typeof held !== "object" || held === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    covers((held as Record<string, unknown>)[key], value),
  );
}
