import { createHash, randomBytes } from "node:crypto";
import type { Random } from "./random.ts";

const TWO_TO_32 = 2 ** 32;
const TWO_TO_53 = 2 ** 53;

/** Repeatable chance: equal seeds give equal numbers on every machine. Not for secrets. */
export function createRandom(seed: number | string): Random {
  return new SeededRandom(digest(String(seed)));
}

/** Chance that differs in every process. Not for secrets. */
export function systemRandom(): Random {
  return new SeededRandom(randomBytes(32));
}

/** sfc32 (Chris Doty-Humphrey, PractRand), its state taken from a digest so that near seeds share nothing. */
class SeededRandom implements Random {
  readonly #key: Buffer;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(key: Buffer) {
    this.#key = key;
    this.#a = key.readInt32LE(0);
    this.#b = key.readInt32LE(4);
    this.#c = key.readInt32LE(8);
  }

  next(): number {
    return ((this.#word() >>> 5) * 2 ** 26 + (this.#word() >>> 6)) / TWO_TO_53;
  }

  int(low: number, high: number): number {
    const span = high - low + 1;
    if (span <= TWO_TO_32) return low + Math.floor(this.next() * span);
    return Math.min(high, low + Math.floor(this.next() * span));
  }

  normal(mean: number, standardDeviation: number): number {
    // Box–Muller; 1 − u because the logarithm of 0 is not a number.
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.next());
  }

  fork(label: string): Random {
    // From the seed, not from the present state: what was drawn before must not matter.
    return new SeededRandom(digest(this.#key, label));
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}

function digest(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
