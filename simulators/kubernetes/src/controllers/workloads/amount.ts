/** `3` or `25%` of `total`; 0 for what is neither. */
export function amountOf(value: unknown, total: number, round: (exact: number) => number): number {
  if (typeof value === "number") return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === "string" ? value : "") ?? [];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}
