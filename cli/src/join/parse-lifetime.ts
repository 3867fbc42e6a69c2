import { MapperkitError } from "@mapperkit/api";

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `30m`, `24h` or `7d` in ms. @throws MapperkitError `invalid_input` */
export function parseLifetime(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new MapperkitError(
    "invalid_input",
    `--ttl ${JSON.stringify(text)}: expected a number and s, m, h or d, like 24h`,
  );
}
