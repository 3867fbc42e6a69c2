import type { Device, DeviceModel, Envelope } from "@mapperkit/api";

/** The way to edge nodes, as the device controller needs it. */
export interface EdgeLink {
  isConnected(node: string): boolean;
  /** Sent once; nothing happens when the node is not connected. */
  send(node: string, message: Envelope): void;
  /**
   * Sent until acknowledged, superseded by a newer message with the same key, or disconnected.
   * `linkVersion` is what the node holds once it has acknowledged an object.
   */
  put(node: string, key: string, message: Envelope, linkVersion?: string): void;
}

/** Who writes what concerns a node, where several cloudcores share the work. */
export interface Ownership {
  /** "" is the devices without a node. */
  owns(node: string): boolean;
}

/** An object that a node should hold. */
export interface WantedObject {
  readonly object: Device | DeviceModel;
  /** Its version between cloud and edge. */
  readonly version: string;
  /** The node has shown that it holds this version. */
  readonly isHeld: boolean;
}

/** What nodes have acknowledged in earlier sessions, for those that cannot say it themselves. */
export interface HeldObjects {
  /** The link version by resource, `<uid>.` where only the uid is known. */
  heldBy(node: string): ReadonlyMap<string, string>;
  /** What was sent to the node and never acknowledged, so that it may hold it: `<uid>.` by resource. */
  sentTo?(node: string): ReadonlyMap<string, string>;
  /** A node has shown all that it holds: this is true now, whatever was noted before. */
  nodeCompared?(node: string, wanted: readonly WantedObject[]): void;
}
