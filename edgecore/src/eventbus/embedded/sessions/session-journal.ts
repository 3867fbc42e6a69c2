/** Something of the broker that outlives a restart. Kind, owner and id name it. */
export interface Kept {
  readonly kind: "retained" | "subscription" | "outgoing" | "incoming" | "will";
  /** The client id; empty for what belongs to nobody. */
  readonly owner: string;
  readonly id: string;
  /** JSON */
  readonly facts: string;
  readonly payload: Uint8Array;
}

export type KeptChange =
  | { readonly put: Kept }
  | { readonly drop: Pick<Kept, "kind" | "owner" | "id"> };

/** Where the broker's sessions and retained messages are written down. */
export interface SessionJournal {
  /** In any order. */
  load(): Promise<readonly Kept[]>;
  /** Resolves when all of it is written, in one transaction. */
  commit(changes: readonly KeptChange[]): Promise<void>;
  close(): Promise<void>;
}

/** The ids of outgoing packets ascend; for the rest the order does not matter. */
export function byAge(a: Kept, b: Kept): number {
  return ageOf(a) - ageOf(b);
}

function ageOf({ kind, id }: Kept): number {
  return kind === "outgoing" ? Number(id) : 0;
}
