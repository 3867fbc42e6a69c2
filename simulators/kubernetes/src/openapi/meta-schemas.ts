/** The meta/v1 components every group's document refers to. A table: exempt from the size rule. */

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const STRING = { type: "string", default: "" };
const OPTIONAL_STRING = { type: "string" };
const BOOLEAN = { type: "boolean" };
const INT64 = { type: "integer", format: "int64" };
const STRING_MAP = { type: "object", additionalProperties: STRING };

/** The name of a meta/v1 component. */
export function metaName(kind: string): string {
  return `${META}.${kind}`;
}

/** A reference to a component. */
export function refTo(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** A field whose schema is a component, with a description of its own. */
function field(kind: string, description: string): object {
  return { description, allOf: [refTo(metaName(kind))] };
}

function text(description: string): object {
  return { ...OPTIONAL_STRING, description };
}

export const API_VERSION = text(
  "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
);
export const KIND = text(
  "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
);
export const METADATA = field(
  "ObjectMeta",
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
);
export const LIST_METADATA = field(
  "ListMeta",
  "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
);

function objectMeta(): object {
  return {
    description:
      "ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.",
    type: "object",
    properties: {
      annotations: {
        ...STRING_MAP,
        description:
          "Annotations is an unstructured key value map stored with a resource that may be set by external tools to store and retrieve arbitrary metadata.",
      },
      creationTimestamp: field(
        "Time",
        "CreationTimestamp is a timestamp representing the server time when this object was created. Populated by the system. Read-only.",
      ),
      deletionGracePeriodSeconds: {
        ...INT64,
        description:
          "Number of seconds allowed for this object to gracefully terminate before it will be removed from the system. Read-only.",
      },
      deletionTimestamp: field(
        "Time",
        "DeletionTimestamp is RFC 3339 date and time at which this resource will be deleted. Read-only.",
      ),
      finalizers: {
        description: "Must be empty before the object is deleted from the registry.",
        type: "array",
        items: STRING,
        "x-kubernetes-list-type": "set",
        "x-kubernetes-patch-strategy": "merge",
      },
      generateName: text(
        "GenerateName is an optional prefix, used by the server, to generate a unique name ONLY IF the Name field has not been provided.",
      ),
      generation: {
        ...INT64,
        description:
          "A sequence number representing a specific generation of the desired state. Populated by the system. Read-only.",
      },
      labels: {
        ...STRING_MAP,
        description:
          "Map of string keys and values that can be used to organize and categorize (scope and select) objects.",
      },
      managedFields: {
        description:
          "ManagedFields maps workflow-id and version to the set of fields that are managed by that workflow.",
        type: "array",
        items: { default: {}, allOf: [refTo(metaName("ManagedFieldsEntry"))] },
        "x-kubernetes-list-type": "atomic",
      },
      name: text("Name must be unique within a namespace. Cannot be updated."),
      namespace: text(
        "Namespace defines the space within which each name must be unique. Cannot be updated.",
      ),
      ownerReferences: {
        description: "List of objects depended by this object.",
        type: "array",
        items: { default: {}, allOf: [refTo(metaName("OwnerReference"))] },
        "x-kubernetes-list-map-keys": ["uid"],
        "x-kubernetes-list-type": "map",
        "x-kubernetes-patch-merge-key": "uid",
        "x-kubernetes-patch-strategy": "merge",
      },
      resourceVersion: text(
        "An opaque value that represents the internal version of this object that can be used by clients to determine when objects have changed. Read-only.",
      ),
      selfLink: text(
        "Deprecated: selfLink is a legacy read-only field that is no longer populated by the system.",
      ),
      uid: text("UID is the unique in time and space value for this object. Read-only."),
    },
  };
}

const managedFieldsEntry = {
  description:
    "ManagedFieldsEntry is a workflow-id, a FieldSet and the group version of the resource that the fieldset applies to.",
  type: "object",
  properties: {
    apiVersion: OPTIONAL_STRING,
    fieldsType: OPTIONAL_STRING,
    fieldsV1: field(
      "FieldsV1",
      'FieldsV1 holds the first JSON version format as described in the "FieldsV1" type.',
    ),
    manager: OPTIONAL_STRING,
    operation: OPTIONAL_STRING,
    subresource: OPTIONAL_STRING,
    time: field("Time", "Time is the timestamp of when the ManagedFields entry was added."),
  },
};

const ownerReference = {
  description: "OwnerReference contains enough information to let you identify an owning object.",
  type: "object",
  required: ["apiVersion", "kind", "name", "uid"],
  properties: {
    apiVersion: STRING,
    blockOwnerDeletion: BOOLEAN,
    controller: BOOLEAN,
    kind: STRING,
    name: STRING,
    uid: STRING,
  },
  "x-kubernetes-map-type": "atomic",
};

const deleteOptions = {
  description: "DeleteOptions may be provided when deleting an API object.",
  type: "object",
  properties: {
    apiVersion: API_VERSION,
    dryRun: { type: "array", items: STRING, "x-kubernetes-list-type": "atomic" },
    gracePeriodSeconds: INT64,
    kind: KIND,
    orphanDependents: BOOLEAN,
    preconditions: field("Preconditions", "Must be fulfilled before a deletion is carried out."),
    propagationPolicy: OPTIONAL_STRING,
  },
};

const status = {
  description: "Status is a return value for calls that don't return other objects.",
  type: "object",
  properties: {
    apiVersion: API_VERSION,
    code: { type: "integer", format: "int32" },
    details: {
      ...field("StatusDetails", "Extended data associated with the reason."),
      "x-kubernetes-list-type": "atomic",
    },
    kind: KIND,
    message: OPTIONAL_STRING,
    metadata: LIST_METADATA,
    reason: OPTIONAL_STRING,
    status: OPTIONAL_STRING,
  },
};

const statusDetails = {
  description:
    "StatusDetails is a set of additional properties that MAY be set by the server to provide additional information about a response.",
  type: "object",
  properties: {
    causes: { type: "array", items: { default: {}, allOf: [refTo(metaName("StatusCause"))] } },
    group: OPTIONAL_STRING,
    kind: OPTIONAL_STRING,
    name: OPTIONAL_STRING,
    retryAfterSeconds: { type: "integer", format: "int32" },
    uid: OPTIONAL_STRING,
  },
};

const listMeta = {
  description:
    "ListMeta describes metadata that synthetic resources must have, including lists and various status objects.",
  type: "object",
  properties: {
    continue: OPTIONAL_STRING,
    remainingItemCount: INT64,
    resourceVersion: OPTIONAL_STRING,
    selfLink: OPTIONAL_STRING,
  },
};

/** The meta/v1 components by full name. */
export function metaSchemas(): Record<string, object> {
  const schemas: Record<string, object> = {
    DeleteOptions: deleteOptions,
    FieldsV1: {
      description:
        "FieldsV1 stores a set of fields in a data structure like a Trie, in JSON format.",
      type: "object",
    },
    ListMeta: listMeta,
    ManagedFieldsEntry: managedFieldsEntry,
    ObjectMeta: objectMeta(),
    OwnerReference: ownerReference,
    Patch: {
      description:
        "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.",
      type: "object",
    },
    Preconditions: {
      type: "object",
      properties: { resourceVersion: OPTIONAL_STRING, uid: OPTIONAL_STRING },
    },
    Status: status,
    StatusCause: {
      type: "object",
      properties: { field: OPTIONAL_STRING, message: OPTIONAL_STRING, reason: OPTIONAL_STRING },
    },
    StatusDetails: statusDetails,
    Time: {
      description:
        "Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.",
      type: "string",
      format: "date-time",
    },
  };
  return Object.fromEntries(Object.entries(schemas).map(([kind, s]) => [metaName(kind), s]));
}
