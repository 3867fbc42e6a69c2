import type { KubeObject } from "../objects/index.ts";
import type { PrinterColumn } from "../printing/index.ts";
import type { JsonSchemaProps } from "../schema/index.ts";
import type { ClientConfig } from "../webhooks/index.ts";

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as the server reads it. */
export interface Definition extends KubeObject {
  spec: DefinitionSpec;
  status?: DefinitionStatus;
}

export interface DefinitionSpec {
  readonly group: string;
  readonly scope: "Namespaced" | "Cluster";
  names: DefinitionNames;
  readonly versions: readonly DefinitionVersion[];
  conversion?: Conversion;
  readonly preserveUnknownFields?: boolean;
}

export interface DefinitionNames {
  readonly plural: string;
  singular?: string;
  readonly kind: string;
  listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema?: { readonly openAPIV3Schema?: JsonSchemaProps };
  readonly subresources?: {
    readonly status?: object;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
  };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface Conversion {
  readonly strategy: "None" | "Webhook";
  readonly webhook?: {
    readonly clientConfig?: ClientConfig;
    readonly conversionReviewVersions?: readonly string[];
  };
}

export interface DefinitionStatus {
  acceptedNames?: Partial<DefinitionNames>;
  conditions?: DefinitionCondition[];
  storedVersions?: string[];
}

export interface DefinitionCondition {
  type: string;
  status: "True" | "False";
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** Held while instances of a definition that is being deleted remain. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

export function storageVersion(spec: DefinitionSpec): string {
  return spec.versions.find((version) => version.storage)?.name ?? "";
}

export function isConditionTrue(status: DefinitionStatus | undefined, type: string): boolean {
  return status?.conditions?.some((item) => item.type === type && item.status === "True") ?? false;
}

/** The status with `condition` set; its transition time moves only with its status. */
export function withCondition(
  status: DefinitionStatus,
  condition: DefinitionCondition,
): DefinitionStatus {
  const conditions = [...(status.conditions ?? [])];
  const index = conditions.findIndex((item) => item.type === condition.type);
  const present = conditions[index];
  if (present === undefined) conditions.push(condition);
  else {
    const lastTransitionTime =
      present.status === condition.status
        ? present.lastTransitionTime
        : condition.lastTransitionTime;
    conditions[index] = { ...condition, lastTransitionTime };
  }
  return { ...status, conditions };
}
