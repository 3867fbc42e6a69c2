import { isJsonObject, type KubeObject, secondsTimestamp } from "../objects/index.ts";
import { fromRow, type ServedResource } from "../resources/index.ts";
import {
  CLEANUP_FINALIZER,
  type Definition,
  type DefinitionNames,
  storageVersion,
  withCondition,
} from "./definition.ts";
import { definitionFaults } from "./definition-faults.ts";

export const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

/** CustomResourceDefinition itself, as a resource. */
export function definitionResource(): ServedResource {
  return fromRow([
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    "cluster",
    {
      shortNames: ["crd", "crds"],
      categories: ["api-extensions"],
      subresources: { status: true },
      strategy: {
        hasGeneration: true,
        prepare,
        validate: (object, old) => definitionFaults(object, old),
        beginDeletion,
      },
    },
  ]);
}

function prepare(object: KubeObject, old: KubeObject | undefined): void {
  const { spec } = object as Definition;
  if (!isJsonObject(spec) || !isJsonObject(spec.names) || !Array.isArray(spec.versions)) return;
  const names = spec.names as DefinitionNames;
  if (typeof names.kind === "string") {
    names.singular ??= names.kind.toLowerCase();
    names.listKind ??= `${names.kind}List`;
  }
  (spec as Definition["spec"]).conversion ??= { strategy: "None" };
  const stored = (old as Definition | undefined)?.status?.storedVersions ?? [];
  const version = storageVersion(spec as Definition["spec"]);
  const storedVersions = stored.includes(version) ? stored : [...stored, version];
  const status = object.status;
  object.status = isJsonObject(status)
    ? { ...status, storedVersions }
    : { acceptedNames: { kind: "", plural: "" }, conditions: [], storedVersions };
}

/** Instances go first: the finalizer holds the definition until they are gone. */
function beginDeletion(object: KubeObject, nowMs: number): void {
  const definition = object as Definition;
  const finalizers = definition.metadata.finalizers ?? [];
  if (!finalizers.includes(CLEANUP_FINALIZER)) {
    definition.metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
  }
  definition.status = withCondition(definition.status ?? {}, {
    type: "Terminating",
    status: "True",
    lastTransitionTime: secondsTimestamp(nowMs),
    reason: "InstanceDeletionPending",
    message:
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  });
}
