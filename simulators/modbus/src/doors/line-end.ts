/** The device's end of a serial line, from opening to closing. */
export interface LineEnd {
  onData(heard: (bytes: Uint8Array) => void): void;
  write(bytes: Uint8Array): void;
  /** The speed that the other side has set, where that can be known. */
  baudRate?(): Promise<number>;
  close(): Promise<void>;
}
