/**
 * Kubernetes' order of API versions, the preferred one first: GA before beta before alpha, higher
 * numbers first, other names last by alphabet.
 */
export function compareVersions(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  if (left === undefined || right === undefined) {
    if (left === undefined && right === undefined) return a < b ? -1 : a > b ? 1 : 0;
    return left === undefined ? 1 : -1;
  }
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

const STAGES = { alpha: 0, beta: 1, ga: 2 } as const;

function rank(version: string): { stage: number; major: number; minor: number } | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return undefined;
  const stage = STAGES[(match[2] ?? "ga") as keyof typeof STAGES];
  return { stage, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
