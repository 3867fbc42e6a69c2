import { humanDuration } from "./human-duration.ts";

/** How long ago `timestamp` (RFC 3339) was; `absent` when there is none. */
export function ageOf(timestamp: unknown, now: number, absent = "<unknown>"): string {
  if (timestamp === undefined || timestamp === null || timestamp === "") return absent;
  if (typeof timestamp !== "string") return "<invalid>";
  return humanDuration(now - Date.parse(timestamp));
}
