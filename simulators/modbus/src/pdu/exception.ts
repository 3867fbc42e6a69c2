/** Exception codes of the Modbus Application Protocol 1.1b3, section 7. */
export const exceptions = {
  illegalFunction: 1,
  illegalDataAddress: 2,
  illegalDataValue: 3,
  deviceFailure: 4,
  deviceBusy: 6,
} as const;

/** An exception code instead of what was asked for. */
export type Exception = { readonly exception: number };

export function isException(result: object | undefined): result is Exception {
  return result !== undefined && "exception" in result;
}
