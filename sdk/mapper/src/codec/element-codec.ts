import type { QualityReason } from "../values/sample.ts";

/** A value, or why the bytes hold none. */
export type Decoded =
  | { readonly value: unknown; readonly reason?: undefined }
  | { readonly reason: QualityReason; readonly value?: undefined };

/** One element of a property: a number, a boolean, a text, bytes or a struct. */
export interface ElementCodec {
  /** Bytes on the wire, a whole number of addresses. */
  readonly size: number;
  decode(bytes: Uint8Array): Decoded;
  /**
   * `current` are the bytes as they are now, for what fills only a part of them.
   * @throws MapperkitError `invalid_input` naming value and range
   */
  encode(value: unknown, current?: Uint8Array): Uint8Array;
}
