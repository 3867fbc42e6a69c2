/** A stream of bytes to a device. */
export interface ByteStream {
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  read(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Ways to reach devices, as a port: sockets in programs, pipes in memory in tests. */
export interface Transports {
  /** @throws MapperkitError `unreachable` or `timed_out` */
  tcp(target: { host: string; port: number; signal?: AbortSignal }): Promise<ByteStream>;
}
