/** What `mapper test` and `mapper conform` are told. */
export interface ProofFlags {
  /** The mapper's file. */
  mapper: string;
  sim?: string | undefined;
  /** Manifests. */
  file?: string[] | undefined;
  device?: string | undefined;
  set?: string[] | undefined;
  target: "sim" | "hw";
  "allow-write"?: string[] | undefined;
  seed: number;
  at?: string | undefined;
  only?: string[] | undefined;
  output: "table" | "json";
}

/** `mapper test` proves the laws too. */
export interface TestFlags extends ProofFlags {
  cases: number;
}

/** `--allow-write a,b --allow-write c` are three names. */
export function namesOf(words: readonly string[] = []): string[] {
  return words.flatMap((word) => word.split(",")).filter((name) => name !== "");
}
