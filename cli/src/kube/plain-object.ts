import type { AnyObject } from "./kube-api.ts";

/** What a server gives, or what means something only in the cluster where it was given. */
const SERVER_FIELDS = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "selfLink",
  "managedFields",
  "ownerReferences",
];
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const DEFINITION = "CustomResourceDefinition";

/** The object as somebody would write it down to have it made elsewhere. */
export function plainObject(object: AnyObject, keep: { readonly status: boolean }): AnyObject {
  const { apiVersion, kind, metadata, status, ...rest } = object;
  const plain = Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !SERVER_FIELDS.includes(key)),
  );
  const annotations = without(metadata.annotations, LAST_APPLIED);
  if (annotations === undefined) delete plain.annotations;
  else plain.annotations = annotations;
  // Which names of a definition are accepted is for the other server to say.
  const isKept = keep.status && status !== undefined && kind !== DEFINITION;
  return {
    apiVersion,
    kind,
    metadata: plain as AnyObject["metadata"],
    ...rest,
    ...(isKept && { status }),
  };
}

function without(members: unknown, key: string): object | undefined {
  const left = Object.entries(members ?? {}).filter(([name]) => name !== key);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** Namespaces before what is in them, definitions before their instances. */
export function inOrder(objects: readonly AnyObject[]): AnyObject[] {
  const rank = ({ kind }: AnyObject) => (kind === "Namespace" ? 0 : kind === DEFINITION ? 1 : 2);
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
