/** Chance as a port: the same seed gives the same numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [low, high]. */
  int(low: number, high: number): number;
  normal(mean: number, standardDeviation: number): number;
  /** An independent stream; equal labels give equal streams. */
  fork(label: string): Random;
}
