/**
 * Why a patch could not be applied. `decode`: the patch is not one (400); `failed`: an operation
 * has no target (422); `testFailed`: a JSON patch `test` did not hold (422).
 */
export type PatchErrorKind = "decode" | "failed" | "testFailed";

/** Thrown by the three patch functions; the document given is never left half changed. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly kind: PatchErrorKind;

  constructor(kind: PatchErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
