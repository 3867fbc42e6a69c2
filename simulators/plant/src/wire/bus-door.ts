/** A way by which clients reach a bus, for as long as it is open. */
export interface BusDoor {
  /** Absent where there is none, as on a serial line. */
  readonly host?: string;
  /** 0 where there is none. */
  readonly port: number;
  /** How people write the way to it: `tcp://127.0.0.1:9750`, `/tmp/bus`. */
  readonly address?: string;
  /** Whether a connection can die without a word; a serial line has none. */
  readonly hasConnections: boolean;
  /** Lets nobody in: a port that refuses, an adapter that is unplugged. The result opens it again. */
  refuse?(): () => void;
  close(): Promise<void>;
}
