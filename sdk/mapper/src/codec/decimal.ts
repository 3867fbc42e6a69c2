/** mantissa / 10^decimals, exactly. */
export interface Decimal {
  readonly mantissa: bigint;
  readonly decimals: number;
}

/** The shortest decimal that stands for a finite number: 0.1 is one tenth, not the double's bits. */
export function toDecimal(value: number | bigint): Decimal {
  if (typeof value === "bigint") return { mantissa: value, decimals: 0 };
  const [, sign = "", whole = "0", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const mantissa = BigInt(`${sign}${whole}${fraction}`);
  const decimals = fraction.length - Number(power);
  return decimals < 0
    ? { mantissa: mantissa * 10n ** BigInt(-decimals), decimals: 0 }
    : { mantissa, decimals };
}

/** The mantissa that `decimal` has with more decimals. */
export function mantissaAt({ mantissa, decimals }: Decimal, more: number): bigint {
  return mantissa * 10n ** BigInt(more - decimals);
}

/** The double nearest to mantissa / 10^decimals. */
export function toNumber({ mantissa, decimals }: Decimal): number {
  return Number(`${mantissa}e-${decimals}`);
}

/** numerator / denominator as a whole number, halves to the even one. */
export function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const [n, d] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  let quotient = n / d;
  if (n % d < 0n) quotient -= 1n;
  const twice = 2n * (n - quotient * d);
  const isUp = twice > d || (twice === d && quotient % 2n !== 0n);
  return isUp ? quotient + 1n : quotient;
}
