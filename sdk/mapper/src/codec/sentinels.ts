import { MapperkitError } from "@mapperkit/api";

/** Raw values that mean "no value here". */
export interface Sentinels {
  /** `raw` is the number before scaling, `bytes` its big-endian form. */
  has(raw: number | bigint, bytes: Uint8Array): boolean;
}

/**
 * Reads `0x7fff,-1,NaN`: hexadecimal is a bit pattern, a decimal is the raw number; NaN is never a
 * value, named or not.
 * @throws MapperkitError `invalid_input` naming the word that is wrong
 */
export function parseSentinels(invalid: string | undefined): Sentinels {
  const words = (invalid ?? "").split(",").map((word) => word.trim());
  const patterns = new Set<bigint>();
  const numbers: (number | bigint)[] = [];
  for (const word of words) {
    if (/^0x[\da-f]{1,16}$/i.test(word)) patterns.add(BigInt(word));
    else if (/^[+-]?\d+$/.test(word)) numbers.push(BigInt(word.replace("+", "")));
    else if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) numbers.push(Number(word));
    else if (word !== "" && word.toLowerCase() !== "nan") throw wrongWord(word);
  }
  return {
    has(raw, bytes) {
      if (patterns.size > 0 && patterns.has(patternOf(bytes))) return true;
      // Neither less nor greater, since -1n === -1 is false.
      return numbers.some((number) => number <= raw && number >= raw);
    },
  };
}

function patternOf(bytes: Uint8Array): bigint {
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

function wrongWord(word: string): MapperkitError {
  const message = `invalid has ${JSON.stringify(word)}, must be a list such as 0x7fff,-1,NaN`;
  return new MapperkitError("invalid_input", message, { details: { field: "invalid" } });
}
