import type { Component } from "@mapperkit/runtime";

export interface BusMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** One MQTT broker, as the eventbus uses it: the embedded one, or one beside the edge. */
export interface BusBroker extends Component {
  /** Where clients find it, once started. */
  readonly port: number;
  /** How many clients the edge knows to be connected; of a foreign broker it knows of none. */
  readonly sessions: number;
  /** How many messages of the edge wait for their turn. */
  readonly queued: number;
  /** At QoS 1 (mqtt-topics §2.1). Never throws; what cannot be sent is counted and logged. */
  publish(message: BusMessage): void;
  /** Has the broker bring what clients say under `filter`, in addition to requests and uploads. */
  subscribe(filter: string): void;
  unsubscribe(filter: string): void;
  /** Whether anybody hears `topic`; of a foreign broker's clients the edge knows nothing. */
  hasListeners(topic: string): boolean;
  /** Whether `topic` has to be published beside `other`, which says the same in another form. */
  wantsBeside(topic: string, other: string): boolean;
}

/** What a broker does with a message that a client has sent. */
export interface BusTraffic {
  /**
   * Calls `acknowledge` once, at once or when what the message asks is durable; only then may the
   * sender learn that it has arrived. With a failure it is not: the sender is to send it again, which
   * in MQTT 3 it does on a new connection.
   */
  receive(topic: string, payload: Uint8Array, acknowledge: (failure?: Error) => void): void;
}
