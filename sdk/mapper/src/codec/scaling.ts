import { divideToEven, mantissaAt, toDecimal, toNumber } from "./decimal.ts";
import type { Encoding } from "./encoding.ts";

/** Engineering value = raw × scale + offset, in exact decimals both ways. */
export interface Scaling {
  /** Nearest double of the exact value: 2300 × 0.1 is 230. */
  toEngineering(raw: number | bigint): number;
  /** The whole raw value nearest to what `value` stands for, halves to even. */
  toWholeRaw(value: number | bigint): bigint;
  /** The same for floats, to some 20 digits. */
  toFloatRaw(value: number | bigint): number;
}

/** Digits of a float's inverse; a double has 17. */
const FLOAT_DIGITS = 40;

/** Undefined when values are not scaled. */
export function createScaling({ scale, offset }: Encoding): Scaling | undefined {
  if (scale === undefined && offset === undefined) return undefined;
  const factor = toDecimal(scale ?? 1);
  const shift = toDecimal(offset ?? 0);
  const decimals = Math.max(factor.decimals, shift.decimals);
  const times = mantissaAt(factor, decimals);
  const plus = mantissaAt(shift, decimals);
  const quick = quickScaling(times, plus, decimals);

  const invert = (value: number | bigint, extraDigits: number): bigint => {
    const wanted = toDecimal(value);
    const common = Math.max(wanted.decimals, decimals);
    const up = 10n ** BigInt(common - decimals);
    const above = mantissaAt(wanted, common) - plus * up;
    return divideToEven(above * 10n ** BigInt(extraDigits), times * up);
  };
  return {
    toEngineering: (raw) => quick(raw) ?? slowly(raw, times, plus, decimals),
    toWholeRaw: (value) => invert(value, 0),
    toFloatRaw: (value) =>
      toNumber({ mantissa: invert(value, FLOAT_DIGITS), decimals: FLOAT_DIGITS }),
  };
}

/** Where numerator and power of ten are exact doubles, their quotient is the nearest double. */
function quickScaling(times: bigint, plus: bigint, decimals: number) {
  const isExact = decimals <= 22 && isSafe(times) && isSafe(plus);
  const [factor, shift, power] = [Number(times), Number(plus), 10 ** decimals];
  return (raw: number | bigint): number | undefined => {
    if (!isExact || typeof raw !== "number" || !Number.isInteger(raw)) return undefined;
    const numerator = raw * factor + shift;
    const isSmall = Number.isSafeInteger(raw * factor) && Number.isSafeInteger(numerator);
    return isSmall ? numerator / power : undefined;
  };
}

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}

function slowly(raw: number | bigint, times: bigint, plus: bigint, decimals: number): number {
  const exact = toDecimal(raw);
  const shift = plus * 10n ** BigInt(exact.decimals);
  return toNumber({
    mantissa: exact.mantissa * times + shift,
    decimals: exact.decimals + decimals,
  });
}
