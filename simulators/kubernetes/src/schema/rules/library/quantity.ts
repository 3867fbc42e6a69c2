import type { Environment } from "@marcbachmann/cel-js";

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
/** Amounts are kept in billionths: no quantity is finer. */
const FINEST = 9;

/** An exact amount: `100m`, `1Gi`, `2e3`. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** Undefined for text that is no quantity. */
  static parse(text: string): Quantity | undefined {
    const [, sign, digits = "", binary, decimal, exponent] = FORM.exec(text) ?? [];
    if (digits === "") return undefined;
    const [whole = "", fraction = ""] = digits.split(".");
    const power = Number(exponent ?? 0) + (decimal === undefined ? 0 : (DECIMAL[decimal] ?? 0));
    if (Math.abs(power) > 64) return undefined;
    let amount = shift(BigInt(`${whole}${fraction}` || "0"), power + FINEST - fraction.length);
    if (binary !== undefined) amount <<= BigInt(10 * (BINARY.indexOf(binary) + 1));
    return new Quantity(sign === "-" ? -amount : amount);
  }
}

/** Finer amounts than are kept are rounded up, as Kubernetes does. */
function shift(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (value + divisor - 1n) / divisor;
}

const BILLION = 1_000_000_000n;
const LARGEST = 2n ** 63n;

/** @see k8s.io/apiserver/pkg/cel/library/quantity.go */
export function addQuantityFunctions(env: Environment): void {
  env.registerType("kubernetes.Quantity", { ctor: Quantity, fields: {} });
  const type = "kubernetes.Quantity";
  env.registerFunction(
    "isQuantity(string): bool",
    (text: string) => Quantity.parse(text) !== undefined,
  );
  env.registerFunction(`quantity(string): ${type}`, (text: string) => {
    const parsed = Quantity.parse(text);
    if (parsed !== undefined) return parsed;
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  });
  const compare = (a: Quantity, b: Quantity) =>
    a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n;
  env.registerFunction(`${type}.sign(): int`, (q: Quantity) => compare(q, new Quantity(0n)));
  env.registerFunction(`${type}.compareTo(${type}): int`, compare);
  env.registerFunction(
    `${type}.isLessThan(${type}): bool`,
    (a: Quantity, b: Quantity) => compare(a, b) < 0n,
  );
  env.registerFunction(
    `${type}.isGreaterThan(${type}): bool`,
    (a: Quantity, b: Quantity) => compare(a, b) > 0n,
  );
  env.registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => a.nanos === b.nanos);
  env.registerFunction(`${type}.isInteger(): bool`, isInteger);
  env.registerFunction(`${type}.asInteger(): int`, (q: Quantity) => {
    if (!isInteger(q)) throw new Error("cannot convert value to integer");
    return q.nanos / BILLION;
  });
  env.registerFunction(
    `${type}.asApproximateFloat(): double`,
    (q: Quantity) => Number(q.nanos) / 1e9,
  );
  env.registerFunction(
    `${type}.add(${type}): ${type}`,
    (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
  );
  env.registerFunction(
    `${type}.add(int): ${type}`,
    (a: Quantity, n: bigint) => new Quantity(a.nanos + n * BILLION),
  );
  env.registerFunction(
    `${type}.sub(${type}): ${type}`,
    (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
  );
  env.registerFunction(
    `${type}.sub(int): ${type}`,
    (a: Quantity, n: bigint) => new Quantity(a.nanos - n * BILLION),
  );
}

function isInteger({ nanos }: Quantity): boolean {
  const whole = nanos / BILLION;
  return nanos % BILLION === 0n && whole < LARGEST && whole >= -LARGEST;
}
