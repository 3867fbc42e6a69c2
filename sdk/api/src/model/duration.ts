import { describeValue, MapperkitError } from "../errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration such as `250ms`, `2s`, `1.5m` or `1h`.
 * @throws MapperkitError `invalid_input` naming `field`
 */
export function parseDuration(text: string, field = "duration"): number {
  const [, amount, unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined) {
    throw new MapperkitError(
      "invalid_input",
      `${field} is ${describeValue(text)}, must be a number with ms, s, m or h, such as 250ms`,
      { details: { field } },
    );
  }
  return Number(amount) * (UNIT_MS[unit] ?? 1);
}
