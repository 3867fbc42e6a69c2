import type { DeviceId } from "@mapperkit/api";
import type { Attribute } from "../attributes/device-attributes.ts";
import type { PropertyTwin, SideValue } from "../update/property-twin.ts";

/** What the edge knows of a device besides its twin; empty texts mean unknown. */
export interface DeviceRecord {
  readonly id: DeviceId;
  readonly name: string;
  readonly description: string;
  readonly state: string;
  /** RFC 3339, UTC */
  readonly lastOnline: string;
  /** mqtt-topics §2.8 */
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The state before the edge itself called the silent device offline. */
  readonly stateBeforeSilence?: string;
}

export interface StoredDevice {
  readonly record: DeviceRecord;
  /** The caller's own from now on. */
  readonly twin: Map<string, PropertyTwin>;
  /** Properties whose present value the cloud has not confirmed. */
  readonly unconfirmed: readonly string[];
  readonly isStateUnconfirmed: boolean;
}

/** A sample that waits until the cloud has confirmed it. */
export interface OutboxSample {
  /** Rises over all samples of the edge, and is never given twice. */
  readonly sequence: number;
  readonly device: DeviceId;
  readonly property: string;
  readonly sample: SideValue;
}

/** What waits in the outbox are the samples after `done`, up to `last`, with gaps. */
export interface OutboxEnds {
  readonly done: number;
  readonly last: number;
}

export type StoreChange =
  /** The cloud is to hear of it: its state is unconfirmed from now on. */
  | { readonly kind: "device"; readonly record: DeviceRecord }
  /** The value is unconfirmed from now on. */
  | {
      readonly kind: "twin";
      readonly device: DeviceId;
      readonly property: string;
      readonly twin: PropertyTwin;
    }
  /** A sample of a property of which the newest `keep` are kept. Sequences rise, with gaps. */
  | {
      readonly kind: "sample";
      readonly device: DeviceId;
      readonly property: string;
      readonly sequence: number;
      readonly sample: SideValue;
      readonly keep: number;
    }
  /** All other properties of the device keep no samples any more. */
  | { readonly kind: "histories"; readonly device: DeviceId; readonly of: readonly string[] }
  /** The cloud holds the present values of these properties, and the present state. */
  | {
      readonly kind: "confirmed";
      readonly device: DeviceId;
      readonly properties: readonly string[];
      readonly state: boolean;
    }
  /** The cloud holds nothing of the device any more. */
  | { readonly kind: "unconfirmed"; readonly device: DeviceId }
  | ({ readonly kind: "outbox" } & OutboxSample)
  /** Samples up to this sequence wait no more. */
  | { readonly kind: "outbox done"; readonly upTo: number }
  | { readonly kind: "forget"; readonly device: DeviceId };

/** Where twins survive a restart. */
export interface TwinStore {
  load(): Promise<readonly StoredDevice[]>;
  outboxEnds(): Promise<OutboxEnds>;
  /** Samples that wait, in their order, `limit` at most. */
  outboxAfter(sequence: number, limit: number): Promise<readonly OutboxSample[]>;
  /**
   * Resolves when the whole batch is durable, in the order of the calls; the caller answers its
   * senders only then. When one rejects, all that were made after it and are not yet durable reject.
   */
  commit(batch: readonly StoreChange[]): Promise<void>;
}
