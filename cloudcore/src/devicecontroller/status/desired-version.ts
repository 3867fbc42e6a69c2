import type { TwinMemory } from "../upstream/device-memory.ts";

/**
 * T of a desired value (device-api.md 14): fixed when the value changes, above every version that was
 * ever used or seen for the property, so that no edge ever refuses it as old. ms since 1970, nearly.
 */
export function desiredVersion(twin: TwinMemory, value: string, now: number): number {
  const inPhase = twin.phaseOf === value ? twin.phase?.version : undefined;
  const known = twin.wish?.value === value ? twin.wish.version : inPhase;
  const seen = twin.seen?.cloud ?? 0;
  if (known !== undefined && known >= seen) return known;
  const last = Math.max(twin.wish?.version ?? 0, twin.phase?.version ?? 0, seen);
  const version = Math.max(now, last + 1);
  twin.wish = { value, version };
  return version;
}
