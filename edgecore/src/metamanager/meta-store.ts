/** A row of table `meta` (edge-storage §4.1): key `{ns}/{type}/{name}`, value JSON. */
export interface MetaRow {
  readonly key: string;
  readonly type: "device" | "devicemodel";
  readonly value: string;
}

export type MetaChange = MetaRow | { readonly key: string; readonly value?: undefined };

/** Where the cloud's objects survive a restart without the cloud. */
export interface MetaStore {
  load(): Promise<readonly MetaRow[]>;
  /** Resolves when durable. A change without a value removes the row. */
  commit(changes: readonly MetaChange[]): Promise<void>;
}
