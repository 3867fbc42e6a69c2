import { type Component, createLog, type Log, RealClock, systemRandom } from "@mapperkit/runtime";

/** What every part is given by its program. */
export interface Surroundings {
  readonly clock: RealClock;
  readonly random: ReturnType<typeof systemRandom>;
  readonly log: Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export function surroundings(level: LogLevel): Surroundings {
  const format = process.stderr.isTTY ? "text" : "json";
  return { clock: new RealClock(), random: systemRandom(), log: createLog({ level, format }) };
}

/**
 * Starts a component, tells the world, and stops it at SIGINT or SIGTERM. A second signal ends the
 * process at once, for a stop that hangs.
 *
 * @throws what start() throws, or what made the component fail later
 */
export async function runProgram(component: Component, onReady: () => void): Promise<void> {
  const shutdown = new AbortController();
  const onSignal = () => {
    if (shutdown.signal.aborted) process.exit(1);
    shutdown.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    await component.start(shutdown.signal);
    onReady();
    await Promise.race([aborted(shutdown.signal), ...(component.failed ? [component.failed] : [])]);
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
  } finally {
    await component.stop();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
