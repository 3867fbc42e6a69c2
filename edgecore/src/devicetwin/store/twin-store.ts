import type { DeviceId } from "@mapperkit/api";
import type { PropertyTwin } from "../update/property-twin.ts";

/** What the edge knows of a device besides its twin; empty texts mean unknown. */
export interface DeviceRecord {
  readonly id: DeviceId;
  readonly name: string;
  readonly description: string;
  readonly state: string;
  /** RFC 3339, UTC */
  readonly lastOnline: string;
}

export interface StoredDevice {
  readonly record: DeviceRecord;
  readonly twin: ReadonlyMap<string, PropertyTwin>;
}

export type StoreChange =
  | { readonly kind: "device"; readonly record: DeviceRecord }
  | {
      readonly kind: "twin";
      readonly device: DeviceId;
      readonly property: string;
      readonly twin: PropertyTwin;
    }
  | { readonly kind: "forget"; readonly device: DeviceId };

/** Where twins survive a restart. */
export interface TwinStore {
  load(): Promise<readonly StoredDevice[]>;
  /**
   * Resolves when the whole batch is durable, in the order of the calls; the caller answers its
   * senders only then. When one rejects, all that were made after it and are not yet durable reject.
   */
  commit(batch: readonly StoreChange[]): Promise<void>;
}
