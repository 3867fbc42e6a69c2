import type { DeviceId } from "@mapperkit/api";
import { type SessionObserver, silentObserver } from "../device-session/session-observer.ts";

/** Hears how a mapper's work goes, for those who measure or watch it. Never throws. */
export interface ProcessObserver {
  device(id: DeviceId): SessionObserver;
  /** A bus was in use for one operation. */
  busy(bus: string, ms: number): void;
  /** A session was opened; the first one or another. */
  opened(bus: string): void;
}

export const silentProcessObserver: ProcessObserver = {
  device: () => silentObserver,
  busy: () => undefined,
  opened: () => undefined,
};

/** Tells several observers. */
export function observeBy(observers: readonly ProcessObserver[]): ProcessObserver {
  if (observers.length === 0) return silentProcessObserver;
  return {
    device(id) {
      const sessions = observers.map((observer) => observer.device(id));
      return {
        get hearsSamples() {
          return sessions.some((session) => session.hearsSamples);
        },
        readDone(unit, result, ms) {
          for (const session of sessions) session.readDone(unit, result, ms);
        },
        sampled(property, sample) {
          for (const session of sessions) session.sampled(property, sample);
        },
        wrote(property, outcome) {
          for (const session of sessions) session.wrote(property, outcome);
        },
      };
    },
    busy(bus, ms) {
      for (const observer of observers) observer.busy(bus, ms);
    },
    opened(bus) {
      for (const observer of observers) observer.opened(bus);
    },
  };
}
