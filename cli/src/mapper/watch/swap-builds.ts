import type { Clock, Log } from "@mapperkit/runtime";
import type { RunningMapper } from "@mapperkit/sdk";
import { loadMapper } from "../load-mapper.ts";
import { FreshImports } from "./fresh-imports.ts";
import type { SourceChanges } from "./source-changes.ts";

export interface SwapParts {
  /** The mapper's file. */
  readonly file: string;
  readonly running: RunningMapper;
  readonly changes: SourceChanges;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Gives a running mapper's devices to each new build of its file, until the result is disposed. A
 * file that cannot be loaded, or a build that does not start, changes nothing: the former works on.
 */
export function swapBuilds({ file, running, changes, clock, log }: SwapParts): Disposable {
  const fresh = new FreshImports(file);
  let isDirty = false;
  let isSwapping = false;

  const swapOnce = async () => {
    const begin = clock.monotonic();
    const build = fresh.next();
    const outcome = await running.swap(await loadMapper(file));
    const ms = Math.round(clock.monotonic() - begin);
    if (outcome.kind === "swapped") log.info("a new build took over", { build, ms });
    else log.warn("a new build was rolled back", { build, reason: outcome.reason });
  };
  const swapAll = async () => {
    isDirty = true;
    if (isSwapping) return;
    isSwapping = true;
    while (isDirty) {
      isDirty = false;
      await swapOnce().catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        log.warn("a new build cannot be loaded", { error: why });
      });
    }
    isSwapping = false;
  };

  changes.follow(() => void swapAll());
  return fresh;
}
