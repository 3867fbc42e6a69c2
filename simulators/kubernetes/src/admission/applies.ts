import type { AdmissionAsked, World } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { parseStored } from "../store/index.ts";
import type { SelectorObject, Webhook, WebhookRule } from "./webhook-configuration.ts";

/** Configurations of webhooks are never sent to webhooks: a broken one could not be mended. */
const EXEMPT: ReadonlySet<string> = new Set([
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
]);

/** In which version a webhook wants to see what is asked; undefined when it does not want to. */
export function versionFor(
  world: World,
  webhook: Webhook,
  asked: AdmissionAsked,
): ServedResource | undefined {
  const { resource } = asked;
  if (resource.group === "admissionregistration.k8s.io" && EXEMPT.has(resource.plural)) {
    return undefined;
  }
  const seen = matchingVersion(world, webhook, asked);
  if (seen === undefined) return undefined;
  if (!selects(webhook.namespaceSelector, namespaceLabels(world, asked))) return undefined;
  const objects = [asked.object, asked.old].filter((object) => object !== undefined);
  const isSelected = objects.some((object) =>
    selects(webhook.objectSelector, object.metadata.labels ?? {}),
  );
  return isSelected ? seen : undefined;
}

function matchingVersion(world: World, webhook: Webhook, asked: AdmissionAsked) {
  const { resource } = asked;
  if (webhook.rules.some((rule) => matches(rule, resource, asked))) return resource;
  if (webhook.matchPolicy === "Exact") return undefined;
  return world.registry
    .all()
    .filter((other) => other.storage === resource.storage && other !== resource)
    .find((other) => webhook.rules.some((rule) => matches(rule, other, asked)));
}

function matches(rule: WebhookRule, resource: ServedResource, asked: AdmissionAsked): boolean {
  const { group, version, plural, namespaced } = resource;
  return (
    includes(rule.operations, asked.operation) &&
    includes(rule.apiGroups, group) &&
    includes(rule.apiVersions, version) &&
    (rule.scope === "*" || (rule.scope === "Namespaced") === namespaced) &&
    rule.resources.some((name) => namesResource(name, plural, asked.subresource))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

function namesResource(name: string, plural: string, subresource: string | undefined): boolean {
  const [wanted = "", wantedSub] = name.split("/");
  const fits = wanted === "*" || wanted === plural;
  // `*` alone names no subresources; `*/*` and `pods/*` do.
  if (wantedSub === undefined) return fits && subresource === undefined;
  return fits && (wantedSub === "*" || wantedSub === subresource);
}

function namespaceLabels(world: World, { resource, namespace, object, old }: AdmissionAsked) {
  if (resource.storage === "namespaces") return (object ?? old)?.metadata.labels ?? {};
  const stored = namespace === "" ? undefined : world.store.get("namespaces", "", namespace);
  // Whatever belongs to no namespace is selected by every selector.
  return stored === undefined ? undefined : (parseStored(stored).metadata.labels ?? {});
}

function selects(selector: SelectorObject, labels: Readonly<Record<string, string>> | undefined) {
  if (labels === undefined) return true;
  const isEqual = Object.entries(selector.matchLabels).every(
    ([key, value]) => labels[key] === value,
  );
  return isEqual && selector.matchExpressions.every((each) => holds(each, labels));
}

function holds(
  { key, operator, values }: SelectorObject["matchExpressions"][number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}
