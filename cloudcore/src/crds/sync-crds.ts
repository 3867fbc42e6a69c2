import type { KubeObject } from "../kube/index.ts";

const GROUP = "reliablesyncs.kubeedge.io";

/**
 * KubeEdge's kinds that say which version of an object a node holds (device-crds §1.10). A cluster
 * that has them from KubeEdge keeps those: what is ours in them is only a shortcut.
 */
export const syncCrds: readonly KubeObject[] = [
  syncCrd("ObjectSync", "Namespaced"),
  syncCrd("ClusterObjectSync", "Cluster"),
];

function syncCrd(kind: string, scope: "Namespaced" | "Cluster"): KubeObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const text = { type: "string" };
  const spec = { objectAPIVersion: text, objectKind: text, objectName: text };
  const status = { objectResourceVersion: text, linkVersion: text };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column("Kind", ".spec.objectKind"),
            column("Object", ".spec.objectName"),
            column("Version", ".status.objectResourceVersion"),
          ],
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                apiVersion: text,
                kind: text,
                metadata: { type: "object" },
                spec: { type: "object", properties: spec },
                status: { type: "object", properties: status },
              },
            },
          },
        },
      ],
    },
  };
}

function column(name: string, jsonPath: string): object {
  return { name, type: "string", jsonPath };
}
