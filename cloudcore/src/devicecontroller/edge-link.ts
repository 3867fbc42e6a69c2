import type { Envelope } from "@mapperkit/api";

/** The way to edge nodes, as the device controller needs it. */
export interface EdgeLink {
  isConnected(node: string): boolean;
  /** Sent once; nothing happens when the node is not connected. */
  send(node: string, message: Envelope): void;
  /** Sent until acknowledged, superseded by a newer message with the same key, or disconnected. */
  put(node: string, key: string, message: Envelope): void;
}
