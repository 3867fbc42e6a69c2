/**
 * Refusals are answered in sentences that name fields and values; a metric's label must be one of few
 * words. The first that matches counts. The words are the conditions' of device-api where there is one.
 */
const WORDS: readonly (readonly [word: string, code: number | undefined, text: RegExp])[] = [
  ["UnknownDevice", 404, /./],
  ["NotStored", 500, /./],
  ["Conflict", 409, /./],
  ["BadMessage", undefined, /^(Unmarshal|the topic must name)/],
  ["UnknownProperty", undefined, /has no property/],
  ["ReadOnlyProperty", undefined, /read-?only|cannot be written|not writable/i],
  ["ValueTooLong", undefined, /\bbytes\b|too long/i],
  ["OutOfRange", undefined, /range|at least|at most|minimum|maximum|greater|less than/i],
  ["WrongType", undefined, /\btype\b|value is not/i],
  ["NotOptional", undefined, /not optional/],
  ["BadMessage", undefined, /body|must be|expected/i],
];

/** The reason of a refusal as one of a few words; `Other` for what is none of them. */
export function refusalReason(code: number, text: string): string {
  const found = WORDS.find(([, of, pattern]) => (of ?? code) === code && pattern.test(text));
  return found?.[0] ?? "Other";
}

/** All words that refusalReason() gives. */
export const REFUSAL_REASONS: ReadonlySet<string> = new Set([
  ...WORDS.map(([word]) => word),
  "Other",
]);
