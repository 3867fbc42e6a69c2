/** An answer as it came, before anybody knows to which request. */
export interface AnswerFrame {
  /** Undefined on wires that have none. */
  readonly transaction: number | undefined;
  readonly unit: number;
  /** Function code and its data. */
  readonly pdu: Uint8Array;
}
