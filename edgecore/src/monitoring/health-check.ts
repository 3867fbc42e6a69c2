import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

/** Something that must be so for the edge to be well. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects with the reason when it is not so. */
  run(): Promise<void>;
}

export interface HealthReport {
  readonly isWell: boolean;
  /** `[+]database: ok` or `[-]database: …` for each check, as Kubernetes writes them. */
  readonly lines: readonly string[];
}

/** Runs the checks side by side; one that takes longer than `limitMs` has failed. */
export async function runChecks(
  checks: readonly HealthCheck[],
  { clock, limitMs }: { clock: Clock; limitMs: number },
): Promise<HealthReport> {
  const results = await Promise.all(
    checks.map(async (check) => {
      try {
        await within(check.run(), limitMs, clock);
        return { isWell: true, line: `[+]${check.name}: ok` };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { isWell: false, line: `[-]${check.name}: ${reason}` };
      }
    }),
  );
  return {
    isWell: results.every(({ isWell }) => isWell),
    lines: results.map(({ line }) => line),
  };
}

function within(work: Promise<void>, limitMs: number, clock: Clock): Promise<void> {
  const limit = clock.timeout(limitMs);
  return new Promise((resolve, reject) => {
    limit.addEventListener(
      "abort",
      () => reject(new MapperkitError("timed_out", `no answer within ${limitMs} ms`)),
      { once: true },
    );
    work.then(resolve, reject);
  });
}
