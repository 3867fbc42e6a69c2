const forms = {
  float16: { round: (x: number) => Math.f16round(x), digits: [3, 4, 5] },
  float32: { round: (x: number) => Math.fround(x), digits: [6, 7, 8, 9] },
} as const;

/**
 * The number with the fewest digits that a narrow float stands for: 20.1, not 20.100000381469727.
 * Whole numbers and what is not finite stay as they are.
 */
export function nearestShortDecimal(value: number, form: keyof typeof forms): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value;
  const { round, digits } = forms[form];
  for (const count of digits) {
    const short = Number(value.toPrecision(count));
    if (round(short) === value) return short;
  }
  return value;
}
