import type { SessionObserver } from "./session-parts.ts";

/** For where nobody watches. */
export const silentObserver: SessionObserver = {
  readDone: () => undefined,
  sampled: () => undefined,
  wrote: () => undefined,
};
