/** How one request is to be made. */
export interface RequestOptions {
  /** Longest wait for the answer, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** An open way to the units of one bus. */
export interface ModbusLink {
  /**
   * Resolves with the PDU of this very request's answer, which may be an exception.
   * @throws MapperkitError `timed_out` when the unit was silent, `unreachable` when the link is lost
   */
  request(unit: number, pdu: Uint8Array, options: RequestOptions): Promise<Uint8Array>;
  /** Sends to all units of a line, and gives them time to work: none answers. */
  broadcast(pdu: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
