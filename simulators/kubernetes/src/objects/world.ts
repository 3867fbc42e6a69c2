import type { Clock, Random } from "@mapperkit/runtime";
import type { ResourceRegistry, ServedResource, User } from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import type { Admission } from "./admission.ts";

/** What every read and write of objects works on. */
export interface World {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  readonly clock: Clock;
  readonly random: Random;
  /** Has a say in every write; without it every valid write is stored. */
  readonly admission?: Admission | undefined;
}

/** One object, or the place where one will be. */
export interface Target {
  readonly resource: ServedResource;
  /** empty for cluster-scoped resources */
  readonly namespace: string;
  readonly name: string;
}

export interface WriteOptions {
  /** Do everything but store. */
  readonly dryRun: boolean;
  /** Who asks; without one it is the server itself. */
  readonly user?: User | undefined;
  readonly fieldManager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  /** A server-side apply has set the managedFields itself. */
  readonly ownsManagedFields?: boolean;
  /** Told to the client in `Warning` headers. */
  readonly warn: (text: string) => void;
}
