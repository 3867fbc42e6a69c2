import { MapperkitError } from "@mapperkit/api";

/** The longest period; what Node's timers can wait for. */
const LONGEST_PERIOD_MS = 2 ** 31 - 1;

/** @throws MapperkitError `invalid_input` when `ms` is no period of at least 1 ms */
export function checkPeriod(ms: number): void {
  if (ms >= 1 && ms <= LONGEST_PERIOD_MS) return;
  throw new MapperkitError(
    "invalid_input",
    `period is ${ms} ms, expected 1 to ${LONGEST_PERIOD_MS} ms`,
  );
}
