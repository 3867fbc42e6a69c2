import type { KubeObject } from "../objects/kube-object.ts";
import type { MergeKeys } from "../patch/index.ts";
import type { ColumnDefinition } from "../printing/index.ts";
import type { CompiledSchema, JsonSchemaProps } from "../schema/index.ts";
import type { FieldError, GroupNamed } from "../status/index.ts";
import type { StoredObject } from "../store/index.ts";
import type { Review } from "./reviews.ts";

export type Verb =
  | "create"
  | "delete"
  | "deletecollection"
  | "get"
  | "list"
  | "patch"
  | "update"
  | "watch";

/** Where a custom resource keeps what `scale` shows; dotted JSON paths. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string | undefined;
}

/** How this version's objects become stored ones and back. Rejects with a StatusError. */
export interface Codec {
  /** True when `fromStored` has nothing to do, so that stored bytes may be served as they are. */
  readonly isIdentity: boolean;
  /** Texts that are made once, where making them asks nobody else. */
  readonly encoded?: WeakMap<StoredObject, string>;
  fromStored(objects: readonly KubeObject[]): Promise<KubeObject[]>;
  toStored(object: KubeObject): Promise<KubeObject>;
}

/** What a kind does differently from others. */
export interface Strategy {
  readonly hasGeneration: boolean;
  /** Custom resources refuse a PUT that does not say which version it replaces. */
  readonly needsVersionOnUpdate: boolean;
  /** DELETE answers the object where most kinds answer a Status. */
  readonly answersDeletedObject: boolean;
  /** Labels and annotations sent to `/status` are taken (nodes, pods) or dropped. */
  readonly takesMetadataThroughStatus: boolean;
  readonly nameRule: "subdomain" | "label" | "path";
  /** Fills in what the server knows; changes `object`. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined) => void;
  readonly validate?: (object: KubeObject, old: KubeObject | undefined) => FieldError[];
  /** Called when deletion begins; may add a finalizer or a condition to `object`. */
  readonly beginDeletion?: (object: KubeObject, nowMs: number) => void;
}

/** One resource in one version, as a URL names it. */
export interface ServedResource extends GroupNamed {
  readonly version: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** The store's name for it; several served resources may share one. */
  readonly storage: string;
  /** Comes from a CustomResourceDefinition. */
  readonly custom: boolean;
  readonly subresources: {
    readonly status: boolean;
    readonly scale?: ScalePaths | undefined;
    /** Service accounts only. */
    readonly token?: boolean;
    /** Certificate signing requests only. */
    readonly approval?: boolean;
  };
  readonly codec: Codec;
  readonly strategy: Strategy;
  readonly schema?: CompiledSchema | undefined;
  readonly openApiSchema?: JsonSchemaProps | undefined;
  /** Built-in kinds: the message that says what the kind holds. */
  readonly message?: string | undefined;
  readonly columns: readonly ColumnDefinition[];
  readonly mergeKeys: MergeKeys;
  /** What field selectors may name beside metadata.name and metadata.namespace. */
  readonly fields: ReadonlyMap<string, (object: KubeObject) => string>;
  /** Told in a Warning with every answer, where the version is deprecated. */
  readonly deprecation?: string | undefined;
  /** Present on kinds that are answered and never stored. */
  readonly review?: Review | undefined;
}

export const STORED_VERBS: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

export const identityCodec: Codec = {
  isIdentity: true,
  fromStored: (objects) => Promise.resolve([...objects]),
  toStored: (object) => Promise.resolve(object),
};
