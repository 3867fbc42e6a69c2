import { isLinkFailure } from "../endpoint/failure.ts";

/** What came of asking the device: its value, its refusal to give one, or no answer. */
export type ReadResult =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "bad"; readonly error: unknown }
  | { readonly kind: "lost"; readonly error: unknown }
  | { readonly kind: "notSent" };

/** What an operation that failed as a whole comes to, for each of its properties. */
export function failedRead(error: unknown): Extract<ReadResult, { readonly error: unknown }> {
  return { kind: isLinkFailure(error) ? "lost" : "bad", error };
}
