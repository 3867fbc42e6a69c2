import { groupVersion } from "../objects/index.ts";
import type { ResourceRegistry, ServedGroup, ServedResource } from "../resources/index.ts";

/** `/api` */
export function apiVersions(serverAddress: string): object {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis` */
export function apiGroupList(registry: ResourceRegistry): object {
  const groups = registry.groups().filter(({ group }) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupItem) };
}

/** `/apis/{group}`; undefined for an unknown group */
export function apiGroup(registry: ResourceRegistry, group: string): object | undefined {
  const found = registry.groups().find((served) => served.group === group && group !== "");
  return found && { kind: "APIGroup", apiVersion: "v1", ...groupItem(found) };
}

/** `/api/v1` and `/apis/{group}/{version}`; undefined for an unknown version */
export function apiResourceList(
  registry: ResourceRegistry,
  group: string,
  version: string,
): object | undefined {
  const found = registry
    .groups()
    .find((served) => served.group === group)
    ?.versions.find((served) => served.version === version);
  return (
    found && {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: groupVersion(group, version),
      resources: found.resources.flatMap(resourceItems),
    }
  );
}

function groupItem({ group, versions }: ServedGroup) {
  const items = versions.map(({ version }) => ({
    groupVersion: groupVersion(group, version),
    version,
  }));
  return { name: group, versions: items, preferredVersion: items[0] };
}

function resourceItems(resource: ServedResource): object[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, subresources } =
    resource;
  const common = { singularName: "", namespaced };
  const subVerbs = ["get", "patch", "update"];
  const items: object[] = [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
  ];
  if (subresources.scale !== undefined) {
    const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
    items.push({ name: `${plural}/scale`, ...common, ...scale, verbs: subVerbs });
  }
  if (subresources.status)
    items.push({ name: `${plural}/status`, ...common, kind, verbs: subVerbs });
  if (subresources.approval === true)
    items.push({ name: `${plural}/approval`, ...common, kind, verbs: subVerbs });
  if (subresources.token === true) {
    const token = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
    items.push({ name: `${plural}/token`, ...common, ...token, verbs: ["create"] });
  }
  return items;
}
