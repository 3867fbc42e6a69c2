import type { ResourceRegistry, ServedResource } from "../resources/index.ts";

const API_VERSION = "apidiscovery.k8s.io/v2";

/** apidiscovery.k8s.io/v2 of one root: `/api` carries the core group, `/apis` all others. */
export function aggregatedDiscovery(registry: ResourceRegistry, root: "api" | "apis"): object {
  const groups = registry.groups().filter(({ group }) => (group === "") === (root === "api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: API_VERSION,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata:
        group === "" ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: versions.map(({ version, resources }) => ({
        version,
        resources: resources.map(resourceItem),
        freshness: "Current",
      })),
    })),
  };
}

function resourceItem(resource: ServedResource): object {
  const { group, version, kind, plural, singular, namespaced, verbs } = resource;
  const { shortNames, categories } = resource;
  const subresources = subresourceItems(resource);
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

function subresourceItems({ group, version, kind, subresources }: ServedResource): object[] {
  const verbs = ["get", "patch", "update"];
  const items: object[] = [];
  if (subresources.scale !== undefined) {
    const responseKind = { group: "autoscaling", version: "v1", kind: "Scale" };
    items.push({ subresource: "scale", responseKind, verbs });
  }
  if (subresources.status) {
    items.push({ subresource: "status", responseKind: { group, version, kind }, verbs });
  }
  if (subresources.approval === true) {
    items.push({ subresource: "approval", responseKind: { group, version, kind }, verbs });
  }
  if (subresources.token === true) {
    const responseKind = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
    items.push({ subresource: "token", responseKind, verbs: ["create"] });
  }
  return items;
}
